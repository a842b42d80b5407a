/*
 * nhan_plugin.h: the interface between Nhãn and stages in shared libraries.
 *
 * A plugin is a shared library with one exported function, nhan_plugin_entry. It returns a table that describes the
 * plugin; the table points to one table for each stage; each of these points to the functions of its kind. Nothing but
 * what this header declares crosses between host and plugin: no C++, no Swift, no memory that one side allocates
 * and the other frees.
 *
 * Growing. Every struct begins with its size in bytes as its writer knew it (`size`). New members are only ever
 * appended, and a reader treats a member that lies beyond `size` as NULL or 0. So a plugin built with an older
 * header works in a newer host, and one built with a newer header in an older host, as long as NHAN_PLUGIN_ABI_MINIMUM
 * of the host is not above the plugin's `abi_version`. Members of versions above 1 say so.
 *
 * Order of calls, for one instance:
 *
 *   create ─▶ init ─┬─▶ normalize*                                                          ─▶ destroy
 *                   ├─▶ observe* ─▶ merge* ─▶ fit ─▶ save          (extractor that learns)
 *                   ├─▶ load ─▶ column_count, extract*, occurrences*  (extractor that works)
 *                   ├─▶ fit ─▶ save                                   (classifier that learns)
 *                   └─▶ load ─▶ score*, linear*                       (classifier that works)
 *
 * The host never extracts or scores with the instance that learned: it saves the state and loads it into fresh
 * instances, so that a model works in the process that trained it exactly as it does when read from its file.
 * `destroy` is called once for every instance that `create` returned, also when `init` failed, never while another
 * call of the instance runs.
 *
 * Memory. Whatever a function gets a pointer to is valid until that function returns, and no longer: copy what must
 * live on. Tables and the strings in them must stay unchanged until the process ends; libraries are never unloaded.
 *
 * Threads. `concurrency` says what the host may do with instances of a stage; calls of different instances may always
 * overlap, unless it is NHAN_SERIAL. The callbacks of a sink are to be called only on the thread that called the
 * plugin, before the function returns. nhan_plugin_entry is called once, alone.
 *
 * Errors. A function that returns nhan_status returns NHAN_OK, or NHAN_FAILED after it has given a reason to
 * `message` (UTF-8, one sentence, no final newline). No exception, longjmp or signal may leave the plugin.
 *
 * Text is UTF-8, unless the stage is a normalizer that stands before `unicode`: it gets the bytes of the document
 * as they are, and must bear any.
 */
#ifndef NHAN_PLUGIN_H
#define NHAN_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* First eight bytes of the plugin's table: "NHANPLUG" read as a little-endian number. */
#define NHAN_PLUGIN_MAGIC 0x47554c504e41484eull
/* The version that this header describes. 1: the first. 2: merge, occurrences, linear. */
#define NHAN_PLUGIN_ABI 2u
/* The oldest version that a host built with this header loads. */
#define NHAN_PLUGIN_ABI_MINIMUM 1u
/* The name of the exported function. */
#define NHAN_PLUGIN_ENTRY "nhan_plugin_entry"

#if defined(_WIN32)
#define NHAN_PLUGIN_EXPORT __declspec(dllexport)
#else
#define NHAN_PLUGIN_EXPORT __attribute__((visibility("default")))
#endif

typedef int32_t nhan_status;
#define NHAN_OK 0
#define NHAN_FAILED 1

/* Kinds of stage. */
#define NHAN_NORMALIZER 1u
#define NHAN_FEATURES 2u
#define NHAN_CLASSIFIER 3u

/* Concurrency. One instance, called by any number of threads at once. */
#define NHAN_PARALLEL 1u
/* One instance a thread: an instance is never called by two threads at once, different instances are. */
#define NHAN_PER_THREAD 2u
/* One call at a time in the whole process, over all instances of the stage: it serializes the run. */
#define NHAN_SERIAL 3u

/* Flags of a stage. The same input and options give the same output, whatever was processed before. */
#define NHAN_DETERMINISTIC 1u

/* Tasks of a classifier. Any number of labels a document; its scores are log-odds. */
#define NHAN_MULTI_LABEL 1u
/* Exactly one label a document; its scores are unnormalized log-probabilities. */
#define NHAN_SINGLE_LABEL 2u

/* Levels of nhan_host.log. */
#define NHAN_LOG_INFO 1u
#define NHAN_LOG_WARNING 2u

/* What the host offers. Owned by the host; valid until the process ends; any thread. */
typedef struct nhan_host {
  uint32_t size;
  /* NHAN_PLUGIN_ABI of the host. */
  uint32_t abi_version;
  /* Optional (may be NULL). Says something to the user: `count` bytes of UTF-8. */
  void (*log)(uint32_t level, const char *text, size_t count);
} nhan_host;

/* Where a function puts the reason of its failure. Owned by the host; valid during the call. */
typedef struct nhan_message {
  uint32_t size;
  uint32_t reserved;
  void *context;
  /* Never NULL. Sets the reason: `count` bytes of UTF-8, copied. A later call replaces an earlier one. */
  void (*set)(void *context, const char *text, size_t count);
} nhan_message;

/* Documents, end to end in one buffer. Owned by the host; valid during the call. */
typedef struct nhan_batch {
  uint32_t size;
  /* For normalizers: 1 if the host wants to know where each byte came from, else 0. */
  uint32_t wants_origins;
  /* Documents; may be 0. */
  uint64_t count;
  /* The texts; never NULL, also when there is none. */
  const uint8_t *bytes;
  /* `count + 1` offsets: document i is bytes[starts[i]] up to before bytes[starts[i + 1]]. */
  const uint64_t *starts;
  /* `count` offsets: the title is starts[i]..body_starts[i], the body body_starts[i]..starts[i + 1]. */
  const uint64_t *body_starts;
} nhan_batch;

/* The bytes of the batch that one byte of output came from: start..end; start == end for an inserted byte. */
typedef struct nhan_span {
  uint32_t start;
  uint32_t end;
} nhan_span;

/* Takes what a normalizer makes. Owned by the host; valid during the call; the calling thread only. No member is NULL.
 * For each document, in order: append*, end_title once, append*, then end_document or fail_document. */
typedef struct nhan_text_sink {
  uint32_t size;
  uint32_t reserved;
  void *context;
  /* Appends bytes (copied). `origins` has one span for each of them in positions of the batch, or is NULL: then places
   * in this batch cannot be told. It is ignored unless the batch wants origins. */
  void (*append)(void *context, const uint8_t *bytes, size_t count, const nhan_span *origins);
  /* What was appended is the title; what follows is the body. */
  void (*end_title)(void *context);
  /* The document is complete. `replacements`: invalid UTF-8 sequences that were replaced in it. */
  void (*end_document)(void *context, uint64_t replacements);
  /* The document cannot be processed: what was appended is forgotten, and the record fails with the reason given. */
  void (*fail_document)(void *context, const char *reason, size_t count);
} nhan_text_sink;

/* The functions of a normalizer. */
typedef struct nhan_normalizer {
  uint32_t size;
  uint32_t reserved;
  /* Gives every document of the batch, in order, to `out`. NHAN_FAILED ends the run; to fail a document, use the sink. */
  nhan_status (*normalize)(
      void *instance, const nhan_batch *batch, const nhan_text_sink *out, const nhan_message *message);
} nhan_normalizer;

/* Takes rows of features. Owned by the host; valid during the call; the calling thread only. No member is NULL. */
typedef struct nhan_row_sink {
  uint32_t size;
  uint32_t reserved;
  void *context;
  /* The row of the next document: `count` entries, copied; each column below column_count and at most once. */
  void (*append_row)(void *context, const uint32_t *columns, const float *values, size_t count);
  /* The next document cannot be processed: its row stays empty, and the record fails with the reason given. */
  void (*fail_row)(void *context, const char *reason, size_t count);
} nhan_row_sink;

/* Takes bytes of a stage's state. Owned by the host; valid during the call; the calling thread only. */
typedef struct nhan_state_sink {
  uint32_t size;
  uint32_t reserved;
  void *context;
  /* Never NULL. Appends bytes (copied). */
  void (*append)(void *context, const uint8_t *bytes, size_t count);
} nhan_state_sink;

/* Takes places of features. Owned by the host; valid during the call; the calling thread only. */
typedef struct nhan_occurrence_sink {
  uint32_t size;
  uint32_t reserved;
  void *context;
  /* Never NULL. A feature stands at bytes start..end of the batch. */
  void (*append)(void *context, uint32_t column, uint64_t start, uint64_t end);
} nhan_occurrence_sink;

/* The functions of a feature extractor. All but the last two are needed. */
typedef struct nhan_extractor {
  uint32_t size;
  uint32_t reserved;
  /* Looks at training texts. What is learned must not depend on the order of the calls. */
  nhan_status (*observe)(void *instance, const nhan_batch *batch, const nhan_message *message);
  /* Learns from everything observed. Called once, also when nothing was observed. */
  nhan_status (*fit)(void *instance, const nhan_message *message);
  /* Gives what was learned. The same learning gives the same bytes. */
  nhan_status (*save)(void *instance, const nhan_state_sink *out, const nhan_message *message);
  /* Takes what `save` gave, maybe in another process. The bytes may be damaged: check them. */
  nhan_status (*load)(void *instance, const uint8_t *state, size_t count, const nhan_message *message);
  /* How many columns rows have; at most 2^32 - 1. */
  uint64_t (*column_count)(void *instance);
  /* Gives one row for each document, in order. NHAN_FAILED ends the run; to fail a document, use the sink. */
  nhan_status (*extract)(
      void *instance, const nhan_batch *batch, const nhan_row_sink *out, const nhan_message *message);
  /* Since 2, optional. Takes over what `other`, an instance of the same stage, has observed; `other` is destroyed
   * afterwards. With it texts are observed on several threads, one instance each; without it, on one. */
  nhan_status (*merge)(void *instance, void *other, const nhan_message *message);
  /* Since 2, optional. Gives every place in document `index` that a feature comes from, for explanations. */
  nhan_status (*occurrences)(void *instance, const nhan_batch *batch, uint64_t index, const nhan_occurrence_sink *out,
                             const nhan_message *message);
} nhan_extractor;

/* A sparse matrix in compressed sparse row form. Owned by the host; valid during the call. */
typedef struct nhan_rows {
  uint32_t size;
  uint32_t reserved;
  uint64_t row_count;
  uint64_t column_count;
  /* `row_count + 1` offsets: row i has the entries row_starts[i] up to before row_starts[i + 1]. */
  const uint64_t *row_starts;
  const uint32_t *columns;
  const float *values;
} nhan_rows;

/* How learning went: filled in by the plugin, read by the host after the call. */
typedef struct nhan_fit_report {
  uint32_t size;
  /* 1 if the optimum was reached (or none was sought), else 0. */
  uint32_t converged;
  uint64_t iterations;
  /* The objective at the end, and the gradient's norm relative to the first; 0 where there is none. */
  double loss;
  double gradient_norm;
} nhan_fit_report;

/* The functions of a classifier. All but the last are needed. */
typedef struct nhan_classifier {
  uint32_t size;
  uint32_t reserved;
  /* Learns from rows and their labels. `targets` has row_count * label_count bytes, row after row: 1 where the
   * document has the label, else 0. `threads` may be used inside; the result must not depend on it. */
  nhan_status (*fit)(void *instance, const nhan_rows *rows, const uint8_t *targets, uint64_t label_count, uint32_t task,
                     uint32_t threads, nhan_fit_report *report, const nhan_message *message);
  /* Gives what was learned. The same learning gives the same bytes. */
  nhan_status (*save)(void *instance, const nhan_state_sink *out, const nhan_message *message);
  /* Takes what `save` gave, maybe in another process. The bytes may be damaged: check them. */
  nhan_status (*load)(void *instance, const uint8_t *state, size_t count, uint64_t column_count, uint64_t label_count,
                      const nhan_message *message);
  /* Writes row_count * label_count finite scores, row after row. */
  nhan_status (*score)(void *instance, const nhan_rows *rows, float *scores, const nhan_message *message);
  /* Since 2, optional. If a score is bias + sum of weight * value: writes column_count * label_count weights, the
   * labels of a column together, and label_count biases. With it decisions can be explained. NHAN_FAILED says that the
   * scores of this instance are no such sums. */
  nhan_status (*linear)(void *instance, float *weights, float *biases, const nhan_message *message);
} nhan_classifier;

/* One stage. */
typedef struct nhan_stage {
  uint32_t size;
  /* NHAN_NORMALIZER, NHAN_FEATURES or NHAN_CLASSIFIER. */
  uint32_t kind;
  /* What configurations call it after `use:`: lower-case letters, digits and hyphens. */
  const char *name;
  /* One sentence on what it does. */
  const char *summary;
  /* A JSON Schema of type object: its options under "properties", with "default", "description", "required". NULL for
   * no options. The host refuses options that the schema does not allow, and fills in defaults. */
  const char *options_schema;
  /* NHAN_PARALLEL, NHAN_PER_THREAD or NHAN_SERIAL. */
  uint32_t concurrency;
  /* NHAN_DETERMINISTIC or 0. */
  uint32_t flags;
  /* Anything; for `create`, so that several stages may share it. */
  void *user_data;
  /* A new instance, or NULL if that failed. It belongs to the host until `destroy`. */
  void *(*create)(const struct nhan_stage *stage, const nhan_host *host);
  /* Takes the options: `count` bytes of JSON, an object that the schema allows, every default filled in. */
  nhan_status (*init)(void *instance, const char *options, size_t count, const nhan_message *message);
  /* Frees the instance. */
  void (*destroy)(void *instance);
  /* The functions of its kind; the two others are NULL. */
  const nhan_normalizer *normalizer;
  const nhan_extractor *extractor;
  const nhan_classifier *classifier;
} nhan_stage;

/* The plugin. */
typedef struct nhan_plugin {
  /* NHAN_PLUGIN_MAGIC. */
  uint64_t magic;
  /* NHAN_PLUGIN_ABI of the header that the plugin was built with. */
  uint32_t abi_version;
  uint32_t size;
  /* What the plugin is called, in one word without spaces: `naive-bayes`. Models record it. */
  const char *id;
  /* Its version: `1.0.0`. Models record it. */
  const char *version;
  /* Stages, each with a name of its own. */
  uint64_t stage_count;
  const nhan_stage *const *stages;
} nhan_plugin;

/* The one exported function. Returns the plugin's table, which stays as it is until the process ends. It is also called
 * to list plugins: it must do nothing else, and print nothing. */
NHAN_PLUGIN_EXPORT const nhan_plugin *nhan_plugin_entry(void);

#ifdef __cplusplus
}
#endif

#endif
