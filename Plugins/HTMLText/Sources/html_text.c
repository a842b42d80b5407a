/*
 * Articles out of raw HTML pages, as a normalizer over libxml2's HTML parser.
 *
 * libxml2 is opened when the first instance is made, so that the plugin builds without its headers and is refused with a
 * sentence where the library is not installed. Of its structures only the beginning of xmlNode is used, which is the
 * same in every libxml2.so.2.
 */
#include "nhan_plugin.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The beginning of xmlNode (libxml/tree.h). */
typedef struct node {
  void *private_data;
  int type;
  const char *name;
  struct node *children, *last, *parent, *next, *prev;
  void *doc;
  void *ns;
  const char *content;
} node;

enum { ELEMENT = 1, TEXT = 3, CDATA = 4 };
/* HTML_PARSE_RECOVER, NOERROR, NOWARNING, NONET. */
enum { PARSE_OPTIONS = 1 | 32 | 64 | 2048 };

static struct {
  void (*init_parser)(void);
  void *(*read_memory)(const char *bytes, int count, const char *url, const char *encoding, int options);
  node *(*root)(void *document);
  void (*free_document)(void *document);
} xml;

static int is_loaded;

static void load_library(void) {
  void *library = dlopen("libxml2.so.2", RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
  *(void **)&xml.init_parser = dlsym(library, "xmlInitParser");
  *(void **)&xml.read_memory = dlsym(library, "htmlReadMemory");
  *(void **)&xml.root = dlsym(library, "xmlDocGetRootElement");
  *(void **)&xml.free_document = dlsym(library, "xmlFreeDoc");
  is_loaded = xml.init_parser && xml.read_memory && xml.root && xml.free_document;
  if (is_loaded) xml.init_parser();
}

static void *create(const nhan_stage *stage, const nhan_host *host) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  (void)stage, (void)host;
  pthread_once(&once, load_library);
  return malloc(1);
}

static nhan_status fail(const nhan_message *message, const char *reason) {
  message->set(message->context, reason, strlen(reason));
  return NHAN_FAILED;
}

static nhan_status init(void *instance, const char *options, size_t count, const nhan_message *message) {
  (void)instance;
  if (!is_loaded) return fail(message, "libxml2.so.2 is not installed: apt install libxml2");
  return count == 2 && memcmp(options, "{}", 2) == 0 ? NHAN_OK : fail(message, "it takes no options");
}

static void destroy(void *instance) { free(instance); }

/* Text that grows; `failed` once memory has run out. */
typedef struct {
  char *bytes;
  size_t count, capacity;
  int failed;
} text;

static void append(text *to, const char *bytes, size_t count) {
  if (to->failed) return;
  if (to->count + count > to->capacity) {
    size_t capacity = (to->count + count) * 2 + 64;
    char *grown = realloc(to->bytes, capacity);
    if (!grown) {
      to->failed = 1;
      return;
    }
    to->bytes = grown;
    to->capacity = capacity;
  }
  memcpy(to->bytes + to->count, bytes, count);
  to->count += count;
}

static int is_space(char byte) { return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r' || byte == '\f'; }

/* Appends text, each run of white space as one space, none at the beginning of a line. */
static void append_collapsed(text *to, const char *bytes) {
  for (; *bytes; bytes++) {
    if (!is_space(*bytes)) {
      append(to, bytes, 1);
    } else if (to->count > 0 && !is_space(to->bytes[to->count - 1])) {
      append(to, " ", 1);
    }
  }
}

static int is_one_of(const node *element, const char *const *names) {
  if (element->type != ELEMENT || !element->name) return 0;
  for (; *names; names++)
    if (strcasecmp(element->name, *names) == 0) return 1;
  return 0;
}

/* What is never part of an article. */
static const char *const furniture[] = {"script", "style",    "nav",    "header", "footer", "aside",    "form",  "noscript",
                                        "template", "button", "select", "iframe", "svg",    "textarea", "head", NULL};
/* What begins and ends a line. */
static const char *const blocks[] = {"p",  "div", "li", "ul", "ol", "h1",      "h2",         "h3",      "h4",  "h5",
                                     "h6", "tr",  "td", "th", "br", "section", "blockquote", "article", "pre", "figure",
                                     "figcaption", "main", "table", "dd", "dt", NULL};
static const char *const links[] = {"a", NULL};
static const char *const articles[] = {"article", NULL};
static const char *const mains[] = {"main", NULL};
static const char *const headings[] = {"h1", NULL};
static const char *const titles[] = {"title", NULL};

/* The node behind `at` in the order of the document, inside `top`; skips what is in `at` if `into` is 0. */
static node *following(node *at, const node *top, int into) {
  if (into && at->type == ELEMENT && at->children) return at->children;
  while (at != top && !at->next) at = at->parent;
  return at == top ? NULL : at->next;
}

/* The text of an element on one line. */
static void line_of(node *element, text *to) {
  for (node *at = element; at; at = following(at, element, 1))
    if ((at->type == TEXT || at->type == CDATA) && at->content) append_collapsed(to, at->content);
  while (to->count > 0 && is_space(to->bytes[to->count - 1])) to->count--;
}

/* Bytes of text in an element, without furniture. */
static size_t weight(node *element) {
  size_t sum = 0;
  for (node *at = element; at; at = following(at, element, at == element || !is_one_of(at, furniture)))
    if (at->type == TEXT && at->content) sum += strlen(at->content);
  return sum;
}

/* The element of some name with the most text; NULL if there is none. */
static node *heaviest(node *root, const char *const *names) {
  node *found = NULL;
  size_t most = 0;
  for (node *at = root; at; at = following(at, root, 1)) {
    if (!is_one_of(at, names)) continue;
    size_t bytes = weight(at);
    if (bytes > most) found = at, most = bytes;
  }
  return found;
}

/* The first element of some name whose text is not empty: its text. */
static int first_line(node *root, const char *const *names, text *to) {
  for (node *at = root; at; at = following(at, root, 1)) {
    if (!is_one_of(at, names)) continue;
    to->count = 0;
    line_of(at, to);
    if (to->count > 0) return 1;
  }
  return 0;
}

/* Ends the line that begins at `start`: it is kept unless most of it is links, and not if it says the title again. */
static void end_line(text *to, size_t start, size_t linked, const text *title) {
  while (to->count > start && is_space(to->bytes[to->count - 1])) to->count--;
  size_t length = to->count - start;
  int is_title = length > 0 && length == title->count && memcmp(to->bytes + start, title->bytes, length) == 0;
  if (length == 0 || linked * 2 > length || is_title) {
    to->count = start;
  } else {
    append(to, "\n", 1);
  }
}

/* Whether a node stands in a link, inside an article. */
static int is_linked(const node *at, const node *article) {
  for (; at != article; at = at->parent)
    if (is_one_of(at, links)) return 1;
  return 0;
}

/* The lines of an article: blocks end the line where they begin and where they end. */
static void lines_of(node *article, const text *title, text *to) {
  size_t start = to->count, linked = 0;
  node *at = article;
  int entering = 1;
  for (;;) {
    if (is_one_of(at, blocks)) {
      end_line(to, start, linked, title);
      start = to->count;
      linked = 0;
    }
    if (entering && at->type == TEXT && at->content) {
      size_t before = to->count;
      append_collapsed(to, at->content);
      if (is_linked(at, article)) linked += to->count - before;
    }
    int descends = entering && at->type == ELEMENT && at->children && (at == article || !is_one_of(at, furniture));
    if (descends) {
      at = at->children;
    } else if (entering && at->type == ELEMENT) {
      entering = 0;
    } else if (at == article) {
      break;
    } else if (at->next) {
      at = at->next;
      entering = 1;
    } else {
      at = at->parent;
      entering = 0;
    }
  }
  end_line(to, start, linked, title);
}

/* Whether a text is a page: it begins with a tag and has one that only pages have. */
static int is_page(const char *bytes, size_t count) {
  static const char *const signs[] = {"<!doctype html", "<html", "<head", "<body", NULL};
  size_t at = 0;
  if (count >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) at = 3;
  while (at < count && is_space(bytes[at])) at++;
  if (at >= count || bytes[at] != '<') return 0;
  for (size_t end = at + 2048 < count ? at + 2048 : count; at < end; at++) {
    if (bytes[at] != '<') continue;
    for (const char *const *sign = signs; *sign; sign++) {
      size_t length = strlen(*sign);
      if (at + length <= count && strncasecmp(bytes + at, *sign, length) == 0) return 1;
    }
  }
  return 0;
}

/* Whether bytes are UTF-8, as far as lead and continuation bytes tell. */
static int is_utf8(const unsigned char *bytes, size_t count) {
  for (size_t at = 0; at < count;) {
    size_t length = bytes[at] < 0x80 ? 1 : bytes[at] >= 0xf0 ? 4 : bytes[at] >= 0xe0 ? 3 : bytes[at] >= 0xc2 ? 2 : 0;
    if (length == 0 || bytes[at] > 0xf4 || at + length > count) return 0;
    for (size_t next = 1; next < length; next++)
      if ((bytes[at + next] & 0xc0) != 0x80) return 0;
    at += length;
  }
  return 1;
}

static void give(const nhan_text_sink *out, const char *bytes, size_t count) {
  if (count > 0) out->append(out->context, (const uint8_t *)bytes, count, NULL);
}

/* Gives the article of a page. Returns 0 if there is no memory or no page. */
static int give_page(const char *page, size_t count, const char *own_title, size_t own_count, const nhan_text_sink *out) {
  if (count > INT32_MAX) return 0;
  void *document =
      xml.read_memory(page, (int)count, NULL, is_utf8((const unsigned char *)page, count) ? "UTF-8" : NULL, PARSE_OPTIONS);
  node *root = document ? xml.root(document) : NULL;
  text title = {0}, body = {0};
  if (root) {
    if (own_count > 0) {
      append(&title, own_title, own_count);
    } else if (!first_line(root, headings, &title)) {
      first_line(root, titles, &title);
    }
    node *article = heaviest(root, articles);
    if (!article) article = heaviest(root, mains);
    lines_of(article ? article : root, &title, &body);
  }
  int done = root && !title.failed && !body.failed;
  if (done) {
    give(out, title.bytes, title.count);
    out->end_title(out->context);
    give(out, body.bytes, body.count);
    out->end_document(out->context, 0);
  }
  free(title.bytes);
  free(body.bytes);
  if (document) xml.free_document(document);
  return done;
}

static nhan_status normalize(void *instance, const nhan_batch *batch, const nhan_text_sink *out,
                             const nhan_message *message) {
  static const char reason[] = "the page could not be parsed";
  (void)instance, (void)message;
  for (uint64_t i = 0; i < batch->count; i++) {
    const char *title = (const char *)batch->bytes + batch->starts[i];
    const char *body = (const char *)batch->bytes + batch->body_starts[i];
    size_t title_count = batch->body_starts[i] - batch->starts[i];
    size_t body_count = batch->starts[i + 1] - batch->body_starts[i];
    if (is_page(body, body_count)) {
      if (!give_page(body, body_count, title, title_count, out))
        out->fail_document(out->context, reason, sizeof reason - 1);
    } else {
      give(out, title, title_count);
      out->end_title(out->context);
      give(out, body, body_count);
      out->end_document(out->context, 0);
    }
  }
  return NHAN_OK;
}

static const nhan_normalizer functions = {.size = sizeof(nhan_normalizer), .normalize = normalize};

static const nhan_stage stage = {.size = sizeof(nhan_stage),
                                 .kind = NHAN_NORMALIZER,
                                 .name = "html-text",
                                 .summary = "articles and their titles out of raw HTML pages; other texts pass unchanged",
                                 .concurrency = NHAN_PARALLEL,
                                 .flags = NHAN_DETERMINISTIC,
                                 .create = create,
                                 .init = init,
                                 .destroy = destroy,
                                 .normalizer = &functions};

static const nhan_stage *const stages[] = {&stage};

static const nhan_plugin plugin = {.magic = NHAN_PLUGIN_MAGIC,
                                   .abi_version = NHAN_PLUGIN_ABI,
                                   .size = sizeof(nhan_plugin),
                                   .id = "html-text",
                                   .version = "1.0.0",
                                   .stage_count = 1,
                                   .stages = stages};

const nhan_plugin *nhan_plugin_entry(void) { return &plugin; }
