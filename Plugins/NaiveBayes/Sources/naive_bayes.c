/*
 * Multinomial naive Bayes as a plugin in C: the class-conditional word probabilities are counted, smoothed
 * and turned into one weight for each column and label. (Manning, Raghavan and Schütze 2008, chapter 13.)
 *
 * multi-label: for each label, documents with it against all others;
 *     score = ln P(label) / P(no label) + sum over columns of value * ln P(column | label) / P(column | no label)
 * single-label: score = ln P(label) + sum over columns of value * ln P(column | label)
 */
#include "nhan_plugin.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Products are rounded before they are added, so that all processors give the same figures. */
#pragma STDC FP_CONTRACT OFF

typedef struct {
  /* Pseudo-count added to every column's count. */
  double smoothing;
  /* Whether labels are taken as equally frequent. */
  int uniform_prior;
  uint64_t column_count;
  uint64_t label_count;
  /* column_count * label_count, the labels of a column together. */
  float *weights;
  /* label_count. */
  float *biases;
} naive_bayes;

static nhan_status fail(const nhan_message *message, const char *reason) {
  message->set(message->context, reason, strlen(reason));
  return NHAN_FAILED;
}

static void *create(const nhan_stage *stage, const nhan_host *host) {
  (void)stage;
  (void)host;
  return calloc(1, sizeof(naive_bayes));
}

static void destroy(void *instance) {
  naive_bayes *self = instance;
  free(self->weights);
  free(self->biases);
  free(self);
}

/* The text behind `"name":` in a flat JSON object without white space, as the host writes it; NULL if it is not there. */
static const char *option(const char *json, const char *name) {
  char key[64];
  snprintf(key, sizeof key, "\"%s\":", name);
  const char *found = strstr(json, key);
  return found ? found + strlen(key) : NULL;
}

/* Whether every key of the object is an option of ours: a string in front of a colon. */
static int knows_options(const char *json) {
  for (const char *at = strchr(json, '"'); at; at = strchr(at, '"')) {
    const char *end = strchr(at + 1, '"');
    if (!end) return 0;
    if (end[1] == ':') {
      size_t length = (size_t)(end - at - 1);
      if (!(length == 9 && memcmp(at + 1, "smoothing", 9) == 0) && !(length == 5 && memcmp(at + 1, "prior", 5) == 0))
        return 0;
    }
    at = end + 1;
  }
  return 1;
}

static nhan_status init(void *instance, const char *options, size_t count, const nhan_message *message) {
  naive_bayes *self = instance;
  self->smoothing = 1;
  char *json = malloc(count + 1);
  if (!json) return fail(message, "out of memory");
  memcpy(json, options, count);
  json[count] = 0;
  nhan_status status = NHAN_OK;
  const char *smoothing = option(json, "smoothing");
  const char *prior = option(json, "prior");
  if (smoothing) self->smoothing = strtod(smoothing, NULL);
  if (prior) self->uniform_prior = strncmp(prior, "\"uniform\"", 9) == 0;
  if (!knows_options(json)) status = fail(message, "the options are smoothing and prior");
  if (!(self->smoothing > 0)) status = fail(message, "smoothing must be a number above 0");
  free(json);
  return status;
}

/* Takes memory for so many columns and labels; 0 if there is none. */
static int allocate(naive_bayes *self, uint64_t column_count, uint64_t label_count) {
  if (label_count == 0 || column_count > SIZE_MAX / sizeof(double) / label_count) return 0;
  free(self->weights);
  free(self->biases);
  self->column_count = column_count;
  self->label_count = label_count;
  self->weights = calloc((size_t)(column_count * label_count) + 1, sizeof(float));
  self->biases = calloc((size_t)label_count, sizeof(float));
  return self->weights && self->biases;
}

static nhan_status fit(void *instance, const nhan_rows *rows, const uint8_t *targets, uint64_t label_count,
                       uint32_t task, uint32_t threads, nhan_fit_report *report, const nhan_message *message) {
  naive_bayes *self = instance;
  const uint64_t columns = rows->column_count;
  (void)threads;
  if (!allocate(self, columns, label_count)) return fail(message, "out of memory");
  /* By column and label, then by label: how much of it stands in documents with the label. */
  double *counts = calloc((size_t)(columns * label_count) + 1, sizeof(double));
  double *all = calloc((size_t)columns + 1, sizeof(double));
  double *totals = calloc((size_t)label_count, sizeof(double));
  double *supports = calloc((size_t)label_count, sizeof(double));
  if (!counts || !all || !totals || !supports) {
    free(counts), free(all), free(totals), free(supports);
    return fail(message, "out of memory");
  }
  double total = 0;
  for (uint64_t row = 0; row < rows->row_count; row++) {
    const uint8_t *has = targets + row * label_count;
    for (uint64_t label = 0; label < label_count; label++) supports[label] += has[label];
    for (uint64_t at = rows->row_starts[row]; at < rows->row_starts[row + 1]; at++) {
      const uint64_t column = rows->columns[at];
      const double value = rows->values[at] > 0 ? rows->values[at] : 0;
      all[column] += value;
      total += value;
      for (uint64_t label = 0; label < label_count; label++) {
        if (!has[label]) continue;
        counts[column * label_count + label] += value;
        totals[label] += value;
      }
    }
  }
  const double mass = self->smoothing * (double)columns;
  for (uint64_t column = 0; column < columns; column++) {
    for (uint64_t label = 0; label < label_count; label++) {
      const double with = counts[column * label_count + label];
      double weight = log((with + self->smoothing) / (totals[label] + mass));
      if (task == NHAN_MULTI_LABEL)
        weight -= log((all[column] - with + self->smoothing) / (total - totals[label] + mass));
      self->weights[column * label_count + label] = (float)weight;
    }
  }
  for (uint64_t label = 0; label < label_count; label++) {
    const double with = supports[label] + 1;
    const double without = (double)rows->row_count - supports[label] + 1;
    if (!self->uniform_prior)
      self->biases[label] = (float)(task == NHAN_MULTI_LABEL ? log(with / without) : log(with / (with + without)));
  }
  free(counts), free(all), free(totals), free(supports);
  report->converged = 1;
  report->iterations = 1;
  return NHAN_OK;
}

static nhan_status save(void *instance, const nhan_state_sink *out, const nhan_message *message) {
  naive_bayes *self = instance;
  if (!self->weights) return fail(message, "save before fit");
  out->append(out->context, (const uint8_t *)self->biases, (size_t)self->label_count * sizeof(float));
  out->append(out->context, (const uint8_t *)self->weights,
              (size_t)(self->column_count * self->label_count) * sizeof(float));
  return NHAN_OK;
}

static int all_finite(const float *values, uint64_t count) {
  for (uint64_t at = 0; at < count; at++)
    if (!isfinite(values[at])) return 0;
  return 1;
}

static nhan_status load(void *instance, const uint8_t *state, size_t count, uint64_t column_count,
                        uint64_t label_count, const nhan_message *message) {
  naive_bayes *self = instance;
  if (!allocate(self, column_count, label_count)) return fail(message, "out of memory");
  const size_t biases = (size_t)label_count * sizeof(float);
  const size_t weights = (size_t)(column_count * label_count) * sizeof(float);
  if (count != biases + weights) {
    char reason[128];
    snprintf(reason, sizeof reason, "the state has %zu bytes, expected %zu", count, biases + weights);
    return fail(message, reason);
  }
  memcpy(self->biases, state, biases);
  memcpy(self->weights, state + biases, weights);
  if (!all_finite(self->biases, label_count) || !all_finite(self->weights, column_count * label_count))
    return fail(message, "the state has a weight that is no finite number");
  return NHAN_OK;
}

static nhan_status score(void *instance, const nhan_rows *rows, float *scores, const nhan_message *message) {
  const naive_bayes *self = instance;
  if (!self->weights || rows->column_count != self->column_count) return fail(message, "score with other columns");
  for (uint64_t row = 0; row < rows->row_count; row++) {
    float *sums = scores + row * self->label_count;
    memcpy(sums, self->biases, (size_t)self->label_count * sizeof(float));
    for (uint64_t at = rows->row_starts[row]; at < rows->row_starts[row + 1]; at++) {
      const float *weights = self->weights + rows->columns[at] * self->label_count;
      for (uint64_t label = 0; label < self->label_count; label++) sums[label] += rows->values[at] * weights[label];
    }
  }
  return NHAN_OK;
}

static nhan_status linear(void *instance, float *weights, float *biases, const nhan_message *message) {
  const naive_bayes *self = instance;
  if (!self->weights) return fail(message, "linear before load");
  memcpy(weights, self->weights, (size_t)(self->column_count * self->label_count) * sizeof(float));
  memcpy(biases, self->biases, (size_t)self->label_count * sizeof(float));
  return NHAN_OK;
}

static const nhan_classifier classifier = {
    .size = sizeof(nhan_classifier), .fit = fit, .save = save, .load = load, .score = score, .linear = linear};

static const nhan_stage stage = {
    .size = sizeof(nhan_stage),
    .kind = NHAN_CLASSIFIER,
    .name = "naive-bayes",
    .summary = "multinomial naive Bayes: a baseline that learns in one pass",
    .options_schema =
        "{\"type\": \"object\", \"properties\": {"
        "\"smoothing\": {\"type\": \"number\", \"minimum\": 0.000001, \"maximum\": 1000, \"default\": 0.1, "
        "\"description\": \"pseudo-count added to the count of every column\"}, "
        "\"prior\": {\"enum\": [\"learned\", \"uniform\"], \"default\": \"learned\", "
        "\"description\": \"how frequent labels are taken to be: as in the training data, or all alike\"}}}",
    .concurrency = NHAN_PARALLEL,
    .flags = NHAN_DETERMINISTIC,
    .create = create,
    .init = init,
    .destroy = destroy,
    .classifier = &classifier};

static const nhan_stage *const stages[] = {&stage};

static const nhan_plugin plugin = {.magic = NHAN_PLUGIN_MAGIC,
                                   .abi_version = NHAN_PLUGIN_ABI,
                                   .size = sizeof(nhan_plugin),
                                   .id = "naive-bayes",
                                   .version = "1.0.0",
                                   .stage_count = 1,
                                   .stages = stages};

const nhan_plugin *nhan_plugin_entry(void) { return &plugin; }
