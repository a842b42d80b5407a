/* A feature extractor that counts bytes and a classifier that gives the shares of labels: as small as they can be. */
#include "nhan_plugin.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
  uint64_t bytes;
  float *shares;
  uint64_t labels;
} state;

static void *create(const nhan_stage *stage, const nhan_host *host) { (void)stage, (void)host; return calloc(1, sizeof(state)); }
static nhan_status init(void *s, const char *o, size_t n, const nhan_message *m) {
  (void)s;
#ifdef STRICT
  if (n != 2) { m->set(m->context, "unknown option", 14); return NHAN_FAILED; }
#endif
  (void)o, (void)n, (void)m;
  return NHAN_OK;
}
static void destroy(void *s) { free(((state *)s)->shares); free(s); }

static nhan_status observe(void *s, const nhan_batch *b, const nhan_message *m) { (void)m; ((state *)s)->bytes += b->starts[b->count]; return NHAN_OK; }
static nhan_status fit(void *s, const nhan_message *m) { (void)s, (void)m; return NHAN_OK; }
static nhan_status save(void *s, const nhan_state_sink *out, const nhan_message *m) {
  (void)m;
  out->append(out->context, (const uint8_t *)&((state *)s)->bytes, 8);
  return NHAN_OK;
}
static nhan_status load(void *s, const uint8_t *bytes, size_t n, const nhan_message *m) {
  if (n != 8) { m->set(m->context, "not 8 bytes", 11); return NHAN_FAILED; }
  memcpy(&((state *)s)->bytes, bytes, 8);
#ifdef FORGETS
  static int loads;
  ((state *)s)->bytes += (uint64_t)loads++;
#endif
#ifdef TRUSTS
  if (((state *)s)->bytes > 1000000) abort();
#endif
  return NHAN_OK;
}
static uint64_t columns(void *s) { (void)s; return 1; }
static nhan_status extract(void *s, const nhan_batch *b, const nhan_row_sink *out, const nhan_message *m) {
  (void)m;
  for (uint64_t i = 0; i < b->count; i++) {
    uint32_t column = 0;
    float value = (float)(b->starts[i + 1] - b->starts[i]) / (float)((state *)s)->bytes;
    out->append_row(out->context, &column, &value, 1);
  }
  return NHAN_OK;
}
static const nhan_extractor extractor = {.size = sizeof(nhan_extractor), .observe = observe, .fit = fit, .save = save, .load = load, .column_count = columns, .extract = extract};

static nhan_status cfit(void *s, const nhan_rows *r, const uint8_t *t, uint64_t labels, uint32_t task, uint32_t threads, nhan_fit_report *report, const nhan_message *m) {
  (void)task, (void)threads, (void)report, (void)m;
  state *me = s;
  me->labels = labels;
  me->shares = calloc(labels + 1, sizeof(float));
  for (uint64_t i = 0; i < r->row_count * labels; i++) me->shares[i % labels] += (float)t[i] / (float)r->row_count;
  return NHAN_OK;
}
static nhan_status csave(void *s, const nhan_state_sink *out, const nhan_message *m) {
  (void)m;
  out->append(out->context, (const uint8_t *)((state *)s)->shares, ((state *)s)->labels * sizeof(float));
  return NHAN_OK;
}
static nhan_status cload(void *s, const uint8_t *bytes, size_t n, uint64_t c, uint64_t labels, const nhan_message *m) {
  (void)c;
  state *me = s;
  if (n != labels * sizeof(float)) { m->set(m->context, "other size", 10); return NHAN_FAILED; }
  me->labels = labels;
  me->shares = malloc(n + 1);
  memcpy(me->shares, bytes, n);
  return NHAN_OK;
}
static nhan_status score(void *s, const nhan_rows *r, float *scores, const nhan_message *m) {
  (void)m;
  state *me = s;
  for (uint64_t i = 0; i < r->row_count * me->labels; i++) scores[i] = me->shares[i % me->labels];
  return NHAN_OK;
}
static const nhan_classifier classifier = {.size = sizeof(nhan_classifier), .fit = cfit, .save = csave, .load = cload, .score = score};

static const nhan_stage features = {.size = sizeof(nhan_stage), .kind = NHAN_FEATURES, .name = "lengths", .summary = "lengths", .concurrency = NHAN_PARALLEL, .flags = NHAN_DETERMINISTIC, .create = create, .init = init, .destroy = destroy, .extractor = &extractor};
static const nhan_stage shares = {.size = sizeof(nhan_stage), .kind = NHAN_CLASSIFIER, .name = "shares", .summary = "shares", .concurrency = NHAN_PARALLEL, .flags = NHAN_DETERMINISTIC, .create = create, .init = init, .destroy = destroy, .classifier = &classifier};
static const nhan_stage *const stages[] = {&features, &shares};
static const nhan_plugin plugin = {.magic = NHAN_PLUGIN_MAGIC, .abi_version = NHAN_PLUGIN_ABI, .size = sizeof(nhan_plugin), .id = "learner", .version = "1", .stage_count = 2, .stages = stages};
const nhan_plugin *nhan_plugin_entry(void) { return &plugin; }
