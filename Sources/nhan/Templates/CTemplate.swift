import Nhan

/// The source of a new plugin in C.
enum CTemplate {
  static func source(_ name: String, _ kind: StageKind) -> String {
    let (constant, member, functions) =
      switch kind {
      case .normalizer: ("NHAN_NORMALIZER", "normalizer", normalizer)
      case .features: ("NHAN_FEATURES", "extractor", features)
      case .classifier: ("NHAN_CLASSIFIER", "classifier", classifier)
      }
    return head + functions + tail(name, constant, member)
  }

  private static let head = #"""
    #include "nhan_plugin.h"

    #include <stdlib.h>
    #include <string.h>

    /* One instance of the stage. */
    typedef struct {
      uint64_t bytes, documents;
      float mean;
      uint64_t columns, labels;
      float *weights;
    } instance;

    static nhan_status fail(const nhan_message *message, const char *reason) {
      message->set(message->context, reason, strlen(reason));
      return NHAN_FAILED;
    }

    static void *create(const nhan_stage *stage, const nhan_host *host) {
      (void)stage, (void)host;
      return calloc(1, sizeof(instance));
    }

    /* It takes no options: the only object allowed is the empty one. */
    static nhan_status init(void *self, const char *options, size_t count, const nhan_message *message) {
      (void)self;
      return count == 2 && memcmp(options, "{}", 2) == 0 ? NHAN_OK : fail(message, "it takes no options");
    }

    static void destroy(void *self) {
      free(((instance *)self)->weights);
      free(self);
    }


    """#

  private static func tail(_ name: String, _ constant: String, _ member: String) -> String {
    """

    static const nhan_stage stage = {
        .size = sizeof(nhan_stage),
        .kind = \(constant),
        .name = "\(name)",
        .summary = "say in one sentence what it does",
        .options_schema = "{\\"type\\": \\"object\\", \\"properties\\": {}}",
        .concurrency = NHAN_PARALLEL,
        .flags = NHAN_DETERMINISTIC,
        .create = create,
        .init = init,
        .destroy = destroy,
        .\(member) = &functions};

    static const nhan_stage *const stages[] = {&stage};

    static const nhan_plugin plugin = {
        .magic = NHAN_PLUGIN_MAGIC,
        .abi_version = NHAN_PLUGIN_ABI,
        .size = sizeof(nhan_plugin),
        .id = "\(name)",
        .version = "0.1.0",
        .stage_count = 1,
        .stages = stages};

    const nhan_plugin *nhan_plugin_entry(void) { return &plugin; }

    """
  }

  private static let normalizer = #"""
    /* Gives a field with ASCII letters as capitals; each byte comes from the byte in its place. */
    static void give(const nhan_batch *batch, uint64_t start, uint64_t end, const nhan_text_sink *out) {
      uint8_t block[1024];
      nhan_span origins[1024];
      for (uint64_t at = start; at < end;) {
        size_t count = 0;
        for (; count < 1024 && at < end; count++, at++) {
          uint8_t byte = batch->bytes[at];
          block[count] = byte >= 'a' && byte <= 'z' ? byte - 32 : byte;
          origins[count] = (nhan_span){(uint32_t)at, (uint32_t)at + 1};
        }
        out->append(out->context, block, count, batch->wants_origins ? origins : NULL);
      }
    }

    static nhan_status normalize(void *self, const nhan_batch *batch, const nhan_text_sink *out,
                                 const nhan_message *message) {
      (void)self, (void)message;
      for (uint64_t i = 0; i < batch->count; i++) {
        give(batch, batch->starts[i], batch->body_starts[i], out);
        out->end_title(out->context);
        give(batch, batch->body_starts[i], batch->starts[i + 1], out);
        out->end_document(out->context, 0);
      }
      return NHAN_OK;
    }

    static const nhan_normalizer functions = {.size = sizeof(nhan_normalizer), .normalize = normalize};

    """#

  private static let features = #"""
    static nhan_status observe(void *self, const nhan_batch *batch, const nhan_message *message) {
      instance *me = self;
      (void)message;
      me->bytes += batch->starts[batch->count];
      me->documents += batch->count;
      return NHAN_OK;
    }

    static nhan_status merge(void *self, void *other, const nhan_message *message) {
      instance *me = self, *them = other;
      (void)message;
      me->bytes += them->bytes;
      me->documents += them->documents;
      return NHAN_OK;
    }

    static nhan_status fit(void *self, const nhan_message *message) {
      instance *me = self;
      (void)message;
      me->mean = me->documents && me->bytes ? (float)me->bytes / (float)me->documents : 1;
      return NHAN_OK;
    }

    static nhan_status save(void *self, const nhan_state_sink *out, const nhan_message *message) {
      (void)message;
      out->append(out->context, (const uint8_t *)&((instance *)self)->mean, sizeof(float));
      return NHAN_OK;
    }

    static nhan_status load(void *self, const uint8_t *state, size_t count, const nhan_message *message) {
      if (count != sizeof(float)) return fail(message, "the state must have 4 bytes");
      memcpy(&((instance *)self)->mean, state, sizeof(float));
      return ((instance *)self)->mean > 0 ? NHAN_OK : fail(message, "the state must be above 0");
    }

    static uint64_t column_count(void *self) {
      (void)self;
      return 1;
    }

    /* One feature: the length of a text relative to the mean of the training texts. */
    static nhan_status extract(void *self, const nhan_batch *batch, const nhan_row_sink *out,
                               const nhan_message *message) {
      (void)message;
      for (uint64_t i = 0; i < batch->count; i++) {
        uint32_t column = 0;
        float value = 0.1f * (float)(batch->starts[i + 1] - batch->starts[i]) / ((instance *)self)->mean;
        out->append_row(out->context, &column, &value, 1);
      }
      return NHAN_OK;
    }

    static const nhan_extractor functions = {.size = sizeof(nhan_extractor),
                                             .observe = observe,
                                             .fit = fit,
                                             .save = save,
                                             .load = load,
                                             .column_count = column_count,
                                             .extract = extract,
                                             .merge = merge};

    """#

  private static let classifier = #"""
    static int allocate(instance *me, uint64_t columns, uint64_t labels) {
      free(me->weights);
      me->columns = columns;
      me->labels = labels;
      me->weights = calloc((size_t)(columns * labels) + 1, sizeof(float));
      return me->weights != NULL;
    }

    /* The mean row of each label's documents less that of the others. */
    static nhan_status fit(void *self, const nhan_rows *rows, const uint8_t *targets, uint64_t label_count,
                           uint32_t task, uint32_t threads, nhan_fit_report *report, const nhan_message *message) {
      instance *me = self;
      (void)task, (void)threads, (void)report;
      if (!allocate(me, rows->column_count, label_count)) return fail(message, "out of memory");
      for (uint64_t label = 0; label < label_count; label++) {
        uint64_t with = 0;
        for (uint64_t row = 0; row < rows->row_count; row++) with += targets[row * label_count + label];
        for (uint64_t row = 0; row < rows->row_count; row++) {
          int has = targets[row * label_count + label];
          float share = has ? 1.0f / (float)with : -1.0f / (float)(rows->row_count - with);
          for (uint64_t at = rows->row_starts[row]; at < rows->row_starts[row + 1]; at++)
            me->weights[rows->columns[at] * label_count + label] += share * rows->values[at];
        }
      }
      return NHAN_OK;
    }

    static nhan_status save(void *self, const nhan_state_sink *out, const nhan_message *message) {
      instance *me = self;
      (void)message;
      out->append(out->context, (const uint8_t *)me->weights, (size_t)(me->columns * me->labels) * sizeof(float));
      return NHAN_OK;
    }

    static nhan_status load(void *self, const uint8_t *state, size_t count, uint64_t column_count,
                            uint64_t label_count, const nhan_message *message) {
      instance *me = self;
      if (!allocate(me, column_count, label_count)) return fail(message, "out of memory");
      if (count != (size_t)(column_count * label_count) * sizeof(float)) return fail(message, "the state has another size");
      memcpy(me->weights, state, count);
      return NHAN_OK;
    }

    static nhan_status score(void *self, const nhan_rows *rows, float *scores, const nhan_message *message) {
      const instance *me = self;
      if (!me->weights) return fail(message, "score before load");
      for (uint64_t row = 0; row < rows->row_count; row++) {
        for (uint64_t label = 0; label < me->labels; label++) {
          float score = 0;
          for (uint64_t at = rows->row_starts[row]; at < rows->row_starts[row + 1]; at++)
            score += me->weights[rows->columns[at] * me->labels + label] * rows->values[at];
          scores[row * me->labels + label] = 4 * score;
        }
      }
      return NHAN_OK;
    }

    static const nhan_classifier functions = {
        .size = sizeof(nhan_classifier), .fit = fit, .save = save, .load = load, .score = score};

    """#
}
