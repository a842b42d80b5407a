/*
 * Articles out of raw HTML pages, as a normalizer over libxml2's HTML parser.
 *
 * libxml2 is opened when the first instance is made, so that the plugin builds without its headers and is refused with a
 * sentence where the library is not installed. Of its structures only the beginnings are used, which are the same in
 * every libxml2.so.2.
 *
 * Where text came from: the parser reports text in the order of the page, and says then how far it has read. What was
 * reported is found in the page before that place, as it stands or as a character reference (see `record`).
 */
#include "nhan_plugin.h"

#include <ctype.h>
#include <dlfcn.h>
#include <iconv.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The beginning of xmlNode (libxml/tree.h). `number` is the application's: for texts, 1 + where they begin in what the
 * parser reported, if that is known. */
typedef struct node {
  uintptr_t number;
  int type;
  const char *name;
  struct node *children, *last, *parent, *next, *prev;
  void *doc;
  void *ns;
  const char *content;
} node;

enum { ELEMENT = 1, TEXT = 3 };

/* The beginnings of xmlParserInput, xmlParserCtxt (libxml/parser.h) and its handlers of SAX. */
typedef struct {
  void *buffer;
  const char *filename, *directory;
  const char *base, *current, *end;
  int length, line, column;
  unsigned long consumed;
} parser_input;

typedef void text_handler(void *context, const unsigned char *text, int count);

typedef struct {
  void *before_characters[17];
  text_handler *characters, *ignorable_white_space;
} handlers;

typedef struct {
  handlers *sax;
  void *user_data, *document;
  int well_formed, replaces_entities;
  const char *version, *encoding;
  int standalone, is_html;
  parser_input *input;
} parser;

/* HTML_PARSE_RECOVER, NOERROR, NOWARNING, NONET. */
enum { PARSE_OPTIONS = 1 | 32 | 64 | 2048 };

static struct {
  void (*init_parser)(void);
  parser *(*new_parser)(void);
  void (*free_parser)(parser *context);
  void *(*read_memory)(parser *context, const char *bytes, int count, const char *url, const char *encoding, int options);
  node *(*root)(void *document);
  void (*free_document)(void *document);
} xml;

static int is_loaded;

static void load_library(void) {
  void *library = dlopen("libxml2.so.2", RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
  *(void **)&xml.init_parser = dlsym(library, "xmlInitParser");
  *(void **)&xml.new_parser = dlsym(library, "htmlNewParserCtxt");
  *(void **)&xml.free_parser = dlsym(library, "htmlFreeParserCtxt");
  *(void **)&xml.read_memory = dlsym(library, "htmlCtxtReadMemory");
  *(void **)&xml.root = dlsym(library, "xmlDocGetRootElement");
  *(void **)&xml.free_document = dlsym(library, "xmlFreeDoc");
  is_loaded = xml.init_parser && xml.new_parser && xml.free_parser && xml.read_memory && xml.root && xml.free_document;
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

/* Text that grows, with one origin for each byte if `tracks`; `failed` once memory has run out. */
typedef struct {
  char *bytes;
  nhan_span *origins;
  size_t count, capacity;
  int tracks, failed;
} text;

static void free_text(text *old) {
  free(old->bytes);
  free(old->origins);
}

static int grow(text *to, size_t count) {
  if (to->failed || to->count + count <= to->capacity) return !to->failed;
  size_t capacity = (to->count + count) * 2 + 64;
  char *bytes = realloc(to->bytes, capacity);
  if (bytes) to->bytes = bytes;
  nhan_span *origins = to->tracks ? realloc(to->origins, capacity * sizeof(nhan_span)) : NULL;
  if (origins) to->origins = origins;
  to->failed = !bytes || (to->tracks && !origins);
  if (!to->failed) to->capacity = capacity;
  return !to->failed;
}

/* Appends bytes that all came from one place. */
static void append(text *to, const char *bytes, size_t count, nhan_span origin) {
  if (count == 0 || !grow(to, count)) return;
  memcpy(to->bytes + to->count, bytes, count);
  for (size_t at = 0; to->tracks && at < count; at++) to->origins[to->count + at] = origin;
  to->count += count;
}

/* Appends `count` bytes that stand at `start` as they are. */
static void append_copy(text *to, const char *bytes, size_t count, size_t start) {
  if (count == 0 || !grow(to, count)) return;
  memcpy(to->bytes + to->count, bytes, count);
  for (size_t at = 0; to->tracks && at < count; at++)
    to->origins[to->count + at] = (nhan_span){(uint32_t)(start + at), (uint32_t)(start + at + 1)};
  to->count += count;
}

static nhan_span union_of(nhan_span first, nhan_span last) {
  return (nhan_span){first.start, last.end > first.end ? last.end : first.end};
}

static int is_space(char byte) { return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r' || byte == '\f'; }

/* A page: its bytes in UTF-8, and what the parser reported of it. */
typedef struct {
  /* The page in UTF-8; its origins are places in the batch. */
  text source;
  /* The text reported, in order; its origins are places in `source`. */
  text reported;
  /* Where in `source` the text behind the last one reported begins. */
  size_t cursor;
  /* How the tree is built. */
  text_handler *characters, *white_space;
} page;

/* The page that this thread parses: a handler gets nothing but the parser. */
static _Thread_local page *parsed;

/* Whether bytes stand unchanged in what has not been recorded of the page yet, up to `end`. */
static int stands_before(const page *at, size_t end, const char *text, size_t count) {
  return end <= at->source.count && count <= end && end - count >= at->cursor &&
         memcmp(at->source.bytes + end - count, text, count) == 0;
}

/* Whether a byte may stand in a name of HTML. */
static int is_name(char byte) {
  return isalnum((unsigned char)byte) || (unsigned char)byte >= 0x80 || (byte && strchr("-_:.", byte));
}

/* Where the character reference that ends at `end` begins; `end` if there is none. */
static size_t reference_before(const page *at, size_t end) {
  for (size_t start = end; start > at->cursor; start--) {
    char byte = at->source.bytes[start - 1];
    if (byte == '&') return start - 1;
    if (!is_name(byte) && byte != '#' && byte != ';') break;
  }
  return end;
}

/* Notes text that stands at `start` as it is. */
static void record_copy(page *at, const char *text, size_t count, size_t start) {
  append_copy(&at->reported, text, count, start);
  at->cursor = start + count;
}

/* Notes text that the parser has reported after it had read up to `end`. */
static void record(page *at, const char *text, size_t count, size_t end) {
  if (end > at->source.count) end = at->source.count;
  if (stands_before(at, end, text, count)) return record_copy(at, text, count, end - count);
  size_t start = reference_before(at, end);
  if (start < end) {
    /* Of a reference to nothing the parser reports first the `&`, then the name. */
    const char *name = at->source.bytes + start + 1;
    int names_ampersand = end - start > 3 && (*name == '#' || strncasecmp(name, "amp", 3) == 0);
    if (count == 1 && *text == '&' && !names_ampersand) end = start + 1;
    append(&at->reported, text, count, (nhan_span){(uint32_t)start, (uint32_t)end});
    at->cursor = start + 1;
    return;
  }
  /* The parser may report a character before it moves over it. */
  for (size_t ahead = 1; ahead <= 4; ahead++)
    if (stands_before(at, end + ahead, text, count)) return record_copy(at, text, count, end + ahead - count);
  /* It has left something out, or put something in: what it reports is looked for backwards, byte by byte. */
  append(&at->reported, text, count, (nhan_span){(uint32_t)end, (uint32_t)end});
  nhan_span *origins = at->reported.failed ? NULL : at->reported.origins + at->reported.count - count;
  for (size_t next = count, last = end; origins && next-- > 0;) {
    const char *found = last > at->cursor ? memrchr(at->source.bytes + at->cursor, text[next], last - at->cursor) : NULL;
    if (found) last = (size_t)(found - at->source.bytes);
    origins[next] = (nhan_span){(uint32_t)last, (uint32_t)(last + (found != NULL))};
  }
  at->cursor = end;
}

static size_t position(const parser *context) {
  const parser_input *input = context->input;
  return input ? input->consumed + (size_t)(input->current - input->base) : 0;
}

static void take_characters(void *context, const unsigned char *text, int count) {
  record(parsed, (const char *)text, (size_t)count, position(context));
  parsed->characters(context, text, count);
}

static void take_white_space(void *context, const unsigned char *text, int count) {
  record(parsed, (const char *)text, (size_t)count, position(context));
  parsed->white_space(context, text, count);
}

/* Appends a text node, each run of white space as one space, none at the beginning of a line. */
static void append_collapsed(text *to, const node *from, const page *at) {
  const nhan_span *places = to->tracks && from->number > 0 ? at->reported.origins + (from->number - 1) : NULL;
  for (const char *byte = from->content; *byte; byte++) {
    nhan_span origin = {0, 0};
    if (places) {
      nhan_span place = places[byte - from->content];
      const nhan_span *source = at->source.origins;
      origin = place.start < place.end ? union_of(source[place.start], source[place.end - 1])
               : place.start > 0 ? (nhan_span){source[place.start - 1].end, source[place.start - 1].end}
                                 : source[0];
    }
    if (!is_space(*byte)) {
      append(to, byte, 1, origin);
    } else if (to->count > 0 && !is_space(to->bytes[to->count - 1])) {
      append(to, " ", 1, origin);
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

/* Says of each text node where it begins in what the parser reported; what it reported before the first element is not in
 * the tree. Returns 0 if the tree has other text. */
static int number_texts(node *root, const page *at) {
  const char *next = at->reported.bytes, *end = next + at->reported.count;
  for (node *each = root; each; each = following(each, root, 1)) {
    if (each->type != TEXT || !each->content) continue;
    size_t count = strlen(each->content);
    const char *found = next ? memmem(next, (size_t)(end - next), each->content, count) : NULL;
    if (!found) return 0;
    each->number = 1 + (uintptr_t)(found - at->reported.bytes);
    next = found + count;
  }
  return 1;
}

/* The text of an element on one line. */
static void line_of(node *element, const page *from, text *to) {
  for (node *at = element; at; at = following(at, element, 1))
    if (at->type == TEXT && at->content) append_collapsed(to, at, from);
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
static int first_line(node *root, const char *const *names, const page *from, text *to) {
  for (node *at = root; at; at = following(at, root, 1)) {
    if (!is_one_of(at, names)) continue;
    to->count = 0;
    line_of(at, from, to);
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
    /* An insertion, behind the line. */
    uint32_t end = to->tracks ? to->origins[to->count - 1].end : 0;
    append(to, "\n", 1, (nhan_span){end, end});
  }
}

/* Whether a node stands in a link, inside an article. */
static int is_linked(const node *at, const node *article) {
  for (; at != article; at = at->parent)
    if (is_one_of(at, links)) return 1;
  return 0;
}

/* The lines of an article: blocks end the line where they begin and where they end. */
static void lines_of(node *article, const page *from, const text *title, text *to) {
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
      append_collapsed(to, at, from);
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

/* The character set that a page names in `charset=` within its first 2 KiB, in `name`; else windows-1252, as browsers
 * take it. */
static void find_character_set(const char *bytes, size_t count, char name[40]) {
  static const char key[] = "charset";
  snprintf(name, 40, "WINDOWS-1252");
  if (count > 2048) count = 2048;
  for (size_t at = 0; at + sizeof key - 1 < count; at++) {
    if (strncasecmp(bytes + at, key, sizeof key - 1) != 0) continue;
    at += sizeof key - 1;
    while (at < count && is_space(bytes[at])) at++;
    if (at == count || bytes[at] != '=') continue;
    at++;
    while (at < count && (is_space(bytes[at]) || bytes[at] == '"' || bytes[at] == '\'')) at++;
    size_t length = 0;
    while (at + length < count && length < 39 && is_name(bytes[at + length])) length++;
    if (length > 0) snprintf(name, 40, "%.*s", (int)length, bytes + at);
    return;
  }
}

/* The length of the character at the beginning of some bytes, converted into `output`; 0 if there is none. */
static size_t convert(iconv_t converter, const char *bytes, size_t count, char *output, size_t *written) {
  for (size_t length = 1; length <= 4 && length <= count; length++) {
    char *input = (char *)bytes, *out = output;
    size_t left = length, space = 16;
    iconv(converter, NULL, NULL, NULL, NULL);
    if (iconv(converter, &input, &left, &out, &space) == (size_t)-1) continue;
    /* Some converters keep a letter to see whether a mark follows. */
    iconv(converter, NULL, NULL, &out, &space);
    *written = 16 - space;
    return length;
  }
  return 0;
}

/* The page as UTF-8, every character with the bytes it came from; what is none becomes U+FFFD and is counted. */
static uint64_t transcode(const char *bytes, size_t count, size_t start, text *to) {
  char name[40];
  find_character_set(bytes, count, name);
  iconv_t converter = iconv_open("UTF-8", name);
  if (converter == (iconv_t)-1) converter = iconv_open("UTF-8", "WINDOWS-1252");
  uint64_t replacements = 0;
  for (size_t at = 0; at < count;) {
    char output[16] = "\xef\xbf\xbd";
    size_t written = 3;
    size_t length = converter == (iconv_t)-1 ? 0 : convert(converter, bytes + at, count - at, output, &written);
    if (length == 0) replacements++, length = 1;
    append(to, output, written, (nhan_span){(uint32_t)(start + at), (uint32_t)(start + at + length)});
    at += length;
  }
  if (converter != (iconv_t)-1) iconv_close(converter);
  return replacements;
}

static void give(const nhan_text_sink *out, const text *from) {
  if (from->count > 0)
    out->append(out->context, (const uint8_t *)from->bytes, from->count, from->tracks ? from->origins : NULL);
}

/* The tree of a page, which notes where its texts stand if it tracks that; NULL if there is none. */
static void *parse(page *at) {
  parser *context = xml.new_parser();
  if (!context) return NULL;
  if (at->source.tracks) {
    at->characters = context->sax->characters;
    at->white_space = context->sax->ignorable_white_space;
    context->sax->characters = take_characters;
    context->sax->ignorable_white_space = take_white_space;
  }
  parsed = at;
  void *document = xml.read_memory(context, at->source.bytes, (int)at->source.count, NULL, "UTF-8", PARSE_OPTIONS);
  parsed = NULL;
  xml.free_parser(context);
  return document;
}

/* Gives the article of the page body_start..end of the batch, whose record may have a title before it. Returns 0 if there
 * is no memory or no page. */
static int give_page(const nhan_batch *batch, size_t start, size_t body_start, size_t end, const nhan_text_sink *out) {
  const char *bytes = (const char *)batch->bytes;
  size_t count = end - body_start;
  int wants = batch->wants_origins != 0;
  page at = {.source = {.tracks = wants}, .reported = {.tracks = wants}};
  uint64_t replacements = 0;
  if (is_utf8((const unsigned char *)bytes + body_start, count)) {
    append_copy(&at.source, bytes + body_start, count, body_start);
  } else {
    replacements = transcode(bytes + body_start, count, body_start, &at.source);
  }
  void *document = at.source.failed || at.source.count > INT32_MAX ? NULL : parse(&at);
  node *root = document ? xml.root(document) : NULL;
  int tracks = wants && root && !at.reported.failed && number_texts(root, &at);
  text title = {.tracks = tracks}, body = {.tracks = tracks};
  if (root) {
    if (body_start > start) {
      append_copy(&title, bytes + start, body_start - start, start);
    } else if (!first_line(root, headings, &at, &title)) {
      first_line(root, titles, &at, &title);
    }
    node *article = heaviest(root, articles);
    if (!article) article = heaviest(root, mains);
    lines_of(article ? article : root, &at, &title, &body);
  }
  int done = root && !title.failed && !body.failed;
  if (done) {
    give(out, &title);
    out->end_title(out->context);
    give(out, &body);
    out->end_document(out->context, replacements);
  }
  free_text(&title);
  free_text(&body);
  free_text(&at.source);
  free_text(&at.reported);
  if (document) xml.free_document(document);
  return done;
}

/* Gives bytes start..end of the batch as they are. */
static void give_unchanged(const nhan_batch *batch, uint64_t start, uint64_t end, const nhan_text_sink *out) {
  nhan_span origins[1024];
  while (start < end) {
    size_t count = batch->wants_origins && end - start > 1024 ? 1024 : end - start;
    for (size_t at = 0; batch->wants_origins && at < count; at++)
      origins[at] = (nhan_span){(uint32_t)(start + at), (uint32_t)(start + at + 1)};
    out->append(out->context, batch->bytes + start, count, batch->wants_origins ? origins : NULL);
    start += count;
  }
}

static nhan_status normalize(void *instance, const nhan_batch *batch, const nhan_text_sink *out,
                             const nhan_message *message) {
  static const char reason[] = "the page could not be parsed";
  (void)instance, (void)message;
  for (uint64_t i = 0; i < batch->count; i++) {
    uint64_t start = batch->starts[i], body = batch->body_starts[i], end = batch->starts[i + 1];
    if (!is_page((const char *)batch->bytes + body, end - body)) {
      give_unchanged(batch, start, body, out);
      out->end_title(out->context);
      give_unchanged(batch, body, end, out);
      out->end_document(out->context, 0);
    } else if (!give_page(batch, start, body, end, out)) {
      out->fail_document(out->context, reason, sizeof reason - 1);
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
                                   .version = "1.1.0",
                                   .stage_count = 1,
                                   .stages = stages};

const nhan_plugin *nhan_plugin_entry(void) { return &plugin; }
