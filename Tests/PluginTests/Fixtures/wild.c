/* Stages that break the header's rules, each in the way that the option `do` names; `random` calls a sink at random,
 * as the number in `seed` says. */
#include "nhan_plugin.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  char what[40];
  uint64_t seed;
} state;

static int does(const void *s, const char *what) { return strcmp(((const state *)s)->what, what) == 0; }
static uint32_t pick(state *s, uint32_t below) {
  s->seed = s->seed * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(s->seed >> 33) % below;
}

static void *create(const nhan_stage *stage, const nhan_host *host) { (void)stage, (void)host; return calloc(1, sizeof(state)); }
static void destroy(void *s) { free(s); }
static nhan_status init(void *s, const char *options, size_t n, const nhan_message *m) {
  state *me = s;
  char text[200] = "";
  memcpy(text, options, n < 199 ? n : 199);
  const char *what = strstr(text, "\"do\":\""), *seed = strstr(text, "\"seed\":");
  if (what) sscanf(what + 6, "%39[^\"]", me->what);
  if (seed) me->seed = strtoull(seed + 7, NULL, 10);
  if (does(s, "init-mute")) return NHAN_FAILED;
  if (does(s, "init-no-utf8")) { m->set(m->context, "\xff\xc3(", 3); return NHAN_FAILED; }
  if (does(s, "init-null")) { m->set(m->context, NULL, 1000); return NHAN_FAILED; }
  return NHAN_OK;
}

static void random_texts(state *me, const nhan_batch *b, const nhan_text_sink *out) {
  nhan_span spans[8];
  for (uint32_t calls = pick(me, 30); calls > 0; calls--) {
    uint32_t count = pick(me, 8);
    for (uint32_t i = 0; i < count; i++) spans[i] = (nhan_span){pick(me, 20), pick(me, 40)};
    switch (pick(me, 6)) {
      case 0: out->append(out->context, b->bytes, count < b->starts[b->count] ? count : 0, spans); break;
      case 1: out->append(out->context, (const uint8_t *)"abcdefgh", count, pick(me, 3) ? spans : NULL); break;
      case 2: out->end_title(out->context); break;
      case 3: case 4: out->end_document(out->context, me->seed); break;
      case 5: out->fail_document(out->context, "random", 6); break;
    }
  }
}

static nhan_status normalize(void *s, const nhan_batch *b, const nhan_text_sink *out, const nhan_message *m) {
  (void)m;
  nhan_span outside = {0, UINT32_MAX}, backwards = {1, 0}, fine = {0, 1};
  if (does(s, "random")) { random_texts(s, b, out); return NHAN_OK; }
  if (does(s, "nothing")) return NHAN_OK;
  if (does(s, "status")) return 77;
  for (uint64_t i = 0; i < b->count; i++) {
    if (does(s, "outside")) out->append(out->context, b->bytes, 1, &outside);
    if (does(s, "backwards")) out->append(out->context, b->bytes, 1, &backwards);
    if (does(s, "some-origins")) out->append(out->context, b->bytes, 1, i ? &fine : NULL);
    if (does(s, "null")) out->append(out->context, NULL, 5, NULL);
    if (does(s, "huge")) out->append(out->context, b->bytes, SIZE_MAX, NULL);
    if (does(s, "titles")) out->end_title(out->context);
    out->end_title(out->context);
    if (does(s, "fail-null")) { out->fail_document(out->context, NULL, 9); continue; }
    out->end_document(out->context, UINT64_MAX);
    if (does(s, "double")) out->end_document(out->context, 0);
  }
  if (does(s, "open")) out->append(out->context, b->bytes, 1, &fine);
  return NHAN_OK;
}
static const nhan_normalizer normalizer = {.size = sizeof(nhan_normalizer), .normalize = normalize};

static nhan_status observe(void *s, const nhan_batch *b, const nhan_message *m) { (void)b, (void)m; return does(s, "observe") ? NHAN_FAILED : NHAN_OK; }
static nhan_status fit(void *s, const nhan_message *m) { (void)m; return does(s, "fit") ? NHAN_FAILED : NHAN_OK; }
static nhan_status save(void *s, const nhan_state_sink *out, const nhan_message *m) {
  (void)m;
  if (does(s, "save")) return NHAN_FAILED;
  if (does(s, "save-null")) out->append(out->context, NULL, 10);
  if (does(s, "save-huge")) out->append(out->context, (const uint8_t *)"", SIZE_MAX);
  return NHAN_OK;
}
static nhan_status load(void *s, const uint8_t *bytes, size_t n, const nhan_message *m) { (void)bytes, (void)n, (void)m; return does(s, "load") ? NHAN_FAILED : NHAN_OK; }
static uint64_t column_count(void *s) { return does(s, "columns") ? UINT64_MAX : 4; }
static nhan_status extract(void *s, const nhan_batch *b, const nhan_row_sink *out, const nhan_message *m) {
  (void)m;
  uint32_t columns[8] = {0, 4, 2, 2};
  float values[8] = {1, 2, NAN, INFINITY};
  state *me = s;
  if (does(s, "random")) {
    for (uint32_t calls = pick(me, 2 * (uint32_t)b->count + 2); calls > 0; calls--) {
      uint32_t count = pick(me, 8);
      for (uint32_t i = 0; i < count; i++) columns[i] = pick(me, pick(me, 9) ? 4 : 6), values[i] = pick(me, 20) ? (float)i : NAN;
      if (pick(me, 6)) out->append_row(out->context, columns, values, count);
      else out->fail_row(out->context, "random", pick(me, 7));
    }
    return NHAN_OK;
  }
  for (uint64_t i = 0; i < b->count; i++) {
    if (does(s, "column")) out->append_row(out->context, columns, values, 2);
    else if (does(s, "nan")) out->append_row(out->context, columns + 2, values + 2, 1);
    else if (does(s, "infinite")) out->append_row(out->context, columns + 3, values + 3, 1);
    else if (does(s, "null")) out->append_row(out->context, NULL, values, 1);
    else if (does(s, "huge")) out->append_row(out->context, columns, values, SIZE_MAX);
    else if (does(s, "unsorted")) out->append_row(out->context, (uint32_t[]){3, 0, 1}, (float[]){1, 2, 3}, 3);
    else if (does(s, "fail-null")) out->fail_row(out->context, NULL, 9);
    else if (!(does(s, "few") && i == 0)) out->append_row(out->context, NULL, NULL, 0);
    if (does(s, "many")) out->append_row(out->context, columns, values, 1);
  }
  return does(s, "extract") ? NHAN_FAILED : NHAN_OK;
}
static nhan_status occurrences(void *s, const nhan_batch *b, uint64_t index, const nhan_occurrence_sink *out, const nhan_message *m) {
  (void)s, (void)m;
  uint64_t start = b->starts[index], end = b->starts[index + 1];
  out->append(out->context, 4, start, end);
  out->append(out->context, 0, start, UINT64_MAX);
  out->append(out->context, 0, UINT64_MAX, UINT64_MAX);
  out->append(out->context, 0, end, start);
  out->append(out->context, 0, start, start);
  out->append(out->context, 1, start, end);
  return NHAN_OK;
}
static const nhan_extractor extractor = {.size = sizeof(nhan_extractor), .observe = observe, .fit = fit, .save = save, .load = load, .column_count = column_count, .extract = extract, .occurrences = occurrences};

static nhan_status cfit(void *s, const nhan_rows *r, const uint8_t *t, uint64_t labels, uint32_t task, uint32_t threads, nhan_fit_report *report, const nhan_message *m) {
  (void)r, (void)t, (void)labels, (void)task, (void)threads, (void)m;
  *report = (nhan_fit_report){.size = 0, .converged = 9, .iterations = UINT64_MAX, .loss = NAN, .gradient_norm = -INFINITY};
  return does(s, "fit") ? NHAN_FAILED : NHAN_OK;
}
static nhan_status cload(void *s, const uint8_t *bytes, size_t n, uint64_t c, uint64_t labels, const nhan_message *m) { (void)c, (void)labels; return load(s, bytes, n, m); }
static nhan_status score(void *s, const nhan_rows *r, float *scores, const nhan_message *m) {
  (void)m;
  if (does(s, "score")) return NHAN_FAILED;
  if (does(s, "few")) return NHAN_OK;
  for (uint64_t i = 0; i < r->row_count * 2; i++) scores[i] = does(s, "nan") ? NAN : does(s, "infinite") ? -INFINITY : 1;
  return NHAN_OK;
}
static nhan_status linear(void *s, float *weights, float *biases, const nhan_message *m) {
  (void)m;
  if (does(s, "linear")) return NHAN_FAILED;
  if (does(s, "weights")) return NHAN_OK;
  for (int i = 0; i < 8; i++) weights[i] = does(s, "nan-weights") ? NAN : 1;
  biases[0] = biases[1] = 0;
  return NHAN_OK;
}
static const nhan_classifier classifier = {.size = sizeof(nhan_classifier), .fit = cfit, .save = save, .load = cload, .score = score, .linear = linear};

#define COMMON .size = sizeof(nhan_stage), .summary = "wild", .options_schema = "{\"type\":\"object\",\"properties\":{\"do\":{\"type\":\"string\",\"default\":\"\"},\"seed\":{\"type\":\"integer\",\"default\":0}}}", .concurrency = NHAN_PARALLEL, .create = create, .init = init, .destroy = destroy
static const nhan_stage one = {.kind = NHAN_NORMALIZER, .name = "wild-texts", .normalizer = &normalizer, COMMON};
static const nhan_stage two = {.kind = NHAN_FEATURES, .name = "wild-rows", .extractor = &extractor, COMMON};
static const nhan_stage three = {.kind = NHAN_CLASSIFIER, .name = "wild-scores", .classifier = &classifier, COMMON};
static const nhan_stage *const stages[] = {&one, &two, &three};
static const nhan_plugin plugin = {.magic = NHAN_PLUGIN_MAGIC, .abi_version = NHAN_PLUGIN_ABI, .size = sizeof(nhan_plugin), .id = "wild", .version = "1", .stage_count = 3, .stages = stages};
const nhan_plugin *nhan_plugin_entry(void) { return &plugin; }
