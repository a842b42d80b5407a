/* A normalizer that copies texts, with one thing wrong or special a macro. */
#define _GNU_SOURCE
#include "nhan_plugin.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef CONCURRENCY
#define CONCURRENCY NHAN_PARALLEL
#endif
#ifndef ID
#define ID "copy"
#endif
#ifndef NAME
#define NAME "copy"
#endif
#ifndef VERSION
#define VERSION "1"
#endif
#ifndef ABI
#define ABI NHAN_PLUGIN_ABI
#endif
#ifndef SCHEMA
#define SCHEMA "{\"type\":\"object\",\"properties\":{\"size\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9,\"default\":3}}}"
#endif

#ifndef ABORT_IF
#define ABORT_IF 0
#endif

static int inside, calls;
static size_t shared;

typedef struct { int busy; } state;

static const nhan_host *host;

static void *create(const nhan_stage *stage, const nhan_host *given) { (void)stage; host = given; return calloc(1, sizeof(state)); }
static nhan_status init(void *s, const char *o, size_t n, const nhan_message *m) {
  (void)s;
#ifdef REFUSE
  char text[200];
  int length = snprintf(text, sizeof text, "refused: %.*s", (int)n, o);
  m->set(m->context, text, (size_t)length);
  return NHAN_FAILED;
#elif defined STRICT
  if (memmem(o, n, "no-such-option", 14)) { m->set(m->context, "unknown option", 14); return NHAN_FAILED; }
  return NHAN_OK;
#else
  (void)o, (void)n, (void)m;
  return NHAN_OK;
#endif
}
static void destroy(void *s) { free(s); }

static nhan_status normalize(void *s, const nhan_batch *b, const nhan_text_sink *out, const nhan_message *m) {
  (void)calls, (void)shared, (void)host;
  state *me = s;
  int *guard = CONCURRENCY == NHAN_SERIAL ? &inside : &me->busy;
  if (CONCURRENCY != NHAN_PARALLEL && __sync_fetch_and_add(guard, 1) != 0) {
    m->set(m->context, "called twice at once", 20);
    return NHAN_FAILED;
  }
#ifdef CRASH_ON_CALL
  abort();
#endif
  if (ABORT_IF) abort();
#ifdef LOGS
  host->log(NHAN_LOG_INFO, "called", 6);
#endif
  for (uint64_t i = 0; i < b->count; i++) {
    if (CONCURRENCY != NHAN_PARALLEL) usleep(200);
    out->append(out->context, b->bytes + b->starts[i], b->body_starts[i] - b->starts[i], NULL);
    out->end_title(out->context);
    const uint8_t *body = b->bytes + b->body_starts[i];
    size_t length = b->starts[i + 1] - b->body_starts[i];
#ifdef COUNTS
    calls++;
    out->append(out->context, (const uint8_t *)"x", (size_t)(calls % 5 == 0), NULL);
#endif
#ifdef RACES
    if (i == 0) shared = 0;
    usleep(100);
    __atomic_fetch_add(&shared, 1, __ATOMIC_RELAXED);
    for (size_t more = shared; more > 0; more--) out->append(out->context, (const uint8_t *)"x", 1, NULL);
#endif
    out->append(out->context, body, length, NULL);
    if (length >= 4 && memcmp(body, "fail", 4) == 0) { out->fail_document(out->context, "it says fail", 12); continue; }
#ifdef FORGET
    if (i == 0) continue;
#endif
    out->end_document(out->context, 0);
  }
  if (CONCURRENCY != NHAN_PARALLEL) __sync_fetch_and_sub(guard, 1);
  return NHAN_OK;
}
static const nhan_normalizer functions = {.size = sizeof(nhan_normalizer), .normalize = normalize};
static const nhan_stage stage = {.size = sizeof(nhan_stage), .kind = NHAN_NORMALIZER, .name = NAME, .summary = "copies", .options_schema = SCHEMA, .concurrency = CONCURRENCY, .flags = NHAN_DETERMINISTIC, .create = create, .init = init, .destroy = destroy, .normalizer = &functions};
static const nhan_stage *const stages[] = {&stage};
static const nhan_plugin plugin = {.magic = NHAN_PLUGIN_MAGIC, .abi_version = ABI, .size = sizeof(nhan_plugin), .id = ID, .version = VERSION, .stage_count = 1, .stages = stages};

#ifdef ON_LOAD
__attribute__((constructor)) static void loaded(void) { ON_LOAD; }
#endif
#ifndef NO_ENTRY
const nhan_plugin *nhan_plugin_entry(void) {
#ifdef NULL_TABLE
  return NULL;
#endif
  return &plugin;
}
#else
const nhan_plugin *something_else(void) { return &plugin; }
#endif
