/* What keys do at the prompt beyond libedit's own: completion, moving by lines and by Lua's words in a buffer that may hold a whole
 * block, pasting, the last word of the line before. Where the buffer is one line, a key does what libedit has for it: the key's
 * function pushes a sequence of ours that is bound to that. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "lua/bind/prompt.h"

#define ACCEPT "\033[9001~"
#define KILL "\033[9004~"

/* ---- the buffer ----------------------------------------------------------------------------------------------------------- */

typedef struct view {
  const wchar_t *text;
  size_t at, n; /* the cursor's place, and how many characters there are */
} view;

static view look(EditLine *line) {
  const LineInfoW *info = el_wline(line);
  return (view){info->buffer, (size_t)(info->cursor - info->buffer), (size_t)(info->lastchar - info->buffer)};
}

static unsigned char go(EditLine *line, size_t to) {
  el_cursor(line, (int)((ptrdiff_t)to - (ptrdiff_t)look(line).at));
  return CC_REFRESH;
}

static size_t line_start(view v, size_t at) {
  while (at > 0 && v.text[at - 1] != L'\n') at--;
  return at;
}
static size_t line_end(view v, size_t at) {
  while (at < v.n && v.text[at] != L'\n') at++;
  return at;
}
static bool is_word(wchar_t c) { return c == L'_' || iswalnum((wint_t)c); }
static size_t word_after(view v) {
  size_t at = v.at;
  while (at < v.n && !is_word(v.text[at])) at++;
  while (at < v.n && is_word(v.text[at])) at++;
  return at;
}
static size_t word_before(view v) {
  size_t at = v.at;
  while (at > 0 && !is_word(v.text[at - 1])) at--;
  while (at > 0 && is_word(v.text[at - 1])) at--;
  return at;
}

/* Deletes from one place to the other, where the cursor is then. */
static unsigned char cut(EditLine *line, size_t from, size_t to) {
  go(line, to);
  if (to > from) el_deletestr(line, (int)(to - from));
  return CC_REFRESH;
}

static unsigned char key_word_left(EditLine *line, int key) {
  (void)key;
  return go(line, word_before(look(line)));
}
static unsigned char key_word_right(EditLine *line, int key) {
  (void)key;
  return go(line, word_after(look(line)));
}
static unsigned char key_cut_word_left(EditLine *line, int key) {
  (void)key;
  view v = look(line);
  return cut(line, word_before(v), v.at);
}
static unsigned char key_cut_word_right(EditLine *line, int key) {
  (void)key;
  view v = look(line);
  return cut(line, v.at, word_after(v));
}
static unsigned char key_line_start(EditLine *line, int key) {
  (void)key;
  view v = look(line);
  return go(line, line_start(v, v.at));
}
static unsigned char key_line_end(EditLine *line, int key) {
  (void)key;
  view v = look(line);
  return go(line, line_end(v, v.at));
}
/* Ctrl-K: the rest of this line of a block; the newline, where nothing of the line is left. */
static unsigned char key_kill(EditLine *line, int key) {
  (void)key;
  view v = look(line);
  size_t end = line_end(v, v.at);
  if (end < v.n) return cut(line, v.at, end == v.at ? end + 1 : end);
  el_push(line, KILL);
  return CC_NORM;
}

/* ---- lines of a block ------------------------------------------------------------------------------------------------------ */

/* The lines above, which were typed at prompts of their own, come back into the buffer, and the terminal shows them there. */
static unsigned char take_back(EditLine *line, prompt_state *e) {
  view v = look(line);
  size_t bytes = strlen(e->before);
  int columns = 80, rows = 0, is_dumb = !e->marks_paste;
  el_get(line, EL_GETTC, "co", &columns, NULL);
  for (const char *at = e->before; at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL) {
    size_t n = strcspn(at, "\n"), width = at == e->before ? 2 : 3; /* with its prompt */
    for (size_t i = 0; i < n; i++) width += ((unsigned char)at[i] & 0xc0) != 0x80;
    rows += 1 + (columns > 0 && width > 0 ? (int)((width - 1) / (size_t)columns) : 0);
  }
  char *above = malloc(bytes + 2);
  if (!above) return CC_ERROR;
  snprintf(above, bytes + 2, "%s\n", e->before);
  size_t at = v.at;
  go(line, 0);
  bool fine = el_insertstr(line, above) == 0;
  free(above);
  if (!fine) return CC_ERROR;
  view now = look(line);
  size_t added = now.n - v.n;
  go(line, line_start(now, added + at) - 1);
  snprintf(e->prompt, strlen(e->prompt) + 1, "> ");
  e->whole = true;
  free(e->before);
  e->before = NULL;
  char up[32] = "\n";
  if (!is_dumb) snprintf(up, sizeof up, "\r\033[%dA\033[J", rows);
  prompt_show(up);
  return CC_REDISPLAY;
}

/* Puts the entry so many back into the buffer, the cursor behind it; 0: what was being typed. */
static unsigned char recall(EditLine *line, prompt_state *e, int back) {
  view v = look(line);
  if (!prompt_call(e, "entry", true, back)) return CC_ERROR;
  const char *entry = back > 0 ? lua_tostring(e->L, -2) : e->typed;
  bool found = entry != NULL;
  if (found && back > 0 && e->back == 0) {
    free(e->typed);
    const LineInfo *now = el_line(line);
    e->typed = strndup(now->buffer, (size_t)(now->lastchar - now->buffer));
  }
  if (found) {
    cut(line, 0, v.n);
    if (*entry) el_insertstr(line, entry);
    e->back = back;
  }
  lua_pop(e->L, 2);
  return found ? CC_REFRESH : CC_ERROR;
}

static unsigned char key_older(EditLine *line, int key) {
  (void)key;
  prompt_state *e = prompt_of(line);
  return recall(line, e, e->back + 1);
}

static unsigned char key_newer(EditLine *line, int key) {
  (void)key;
  prompt_state *e = prompt_of(line);
  return e->back > 0 ? recall(line, e, e->back - 1) : CC_ERROR;
}

static unsigned char key_up(EditLine *line, int key) {
  prompt_state *e = prompt_of(line);
  view v = look(line);
  size_t start = line_start(v, v.at);
  if (start == 0) return e->before ? take_back(line, e) : key_older(line, key);
  size_t above = line_start(v, start - 1), column = v.at - start;
  return go(line, above + column < start ? above + column : start - 1);
}

static unsigned char key_down(EditLine *line, int key) {
  view v = look(line);
  size_t end = line_end(v, v.at), column = v.at - line_start(v, v.at);
  if (end == v.n) return key_newer(line, key);
  size_t below = end + 1, last = line_end(v, below);
  return go(line, below + column < last ? below + column : last);
}

/* Enter: runs what is in the buffer, or opens a line more in a block that is not finished, or where the cursor is not at its end
 * and Alt-Enter asks for one. */
static unsigned char key_enter(EditLine *line, int key) {
  (void)key;
  prompt_state *e = prompt_of(line);
  view v = look(line);
  bool more = false;
  if (wmemchr(v.text, L'\n', v.n) && prompt_call(e, "unfinished", true, 0)) {
    more = lua_toboolean(e->L, -2);
    lua_pop(e->L, 2);
  }
  if (more) return el_insertstr(line, "\n") == 0 ? CC_REFRESH : CC_ERROR;
  el_push(line, ACCEPT);
  return CC_NORM;
}

static unsigned char key_open_line(EditLine *line, int key) {
  (void)key;
  return el_insertstr(line, "\n") == 0 ? CC_REFRESH : CC_ERROR;
}

/* ---- words and text from elsewhere ------------------------------------------------------------------------------------------- */

/* Tab: complete(text before the cursor) gives what to insert, or what to show as the possibilities. */
static unsigned char key_complete(EditLine *line, int key) {
  (void)key;
  prompt_state *e = prompt_of(line);
  unsigned char result = CC_REFRESH_BEEP;
  if (!prompt_call(e, "complete", false, 0)) return result;
  const char *insert = lua_tostring(e->L, -2), *list = lua_tostring(e->L, -1);
  if (insert && *insert && el_insertstr(line, insert) == 0) {
    result = CC_REFRESH;
  } else if (list) {
    view v = look(line);
    if (wmemchr(v.text + v.at, L'\n', v.n - v.at)) go(line, v.n); /* below the block; then back */
    prompt_show("\n");
    prompt_show(list);
    prompt_show("\n");
    go(line, v.at);
    result = CC_REDISPLAY;
  }
  lua_pop(e->L, 2);
  return result;
}

/* Alt-.: the last word of the entry before; again: of the one before that. */
static unsigned char key_last_word(EditLine *line, int key) {
  (void)key;
  prompt_state *e = prompt_of(line);
  view v = look(line);
  bool again = e->words_back > 0 && e->word_end == v.at && e->word_start <= v.at;
  e->words_back = again ? e->words_back + 1 : 1;
  if (!prompt_call(e, "last_word", false, e->words_back)) return CC_ERROR;
  const char *word = lua_tostring(e->L, -2);
  unsigned char result = CC_ERROR;
  if (word && *word) {
    if (again) cut(line, e->word_start, v.at);
    e->word_start = look(line).at;
    el_insertstr(line, word);
    e->word_end = look(line).at;
    result = CC_REFRESH;
  } else {
    e->words_back--;
  }
  lua_pop(e->L, 2);
  return result;
}

/* What the terminal marks as pasted, up to the mark of its end, goes into the buffer as it is, newlines and all. */
static unsigned char key_paste(EditLine *line, int key) {
  static const wchar_t end[] = L"\033[201~";
  enum { END = sizeof end / sizeof *end - 1 };
  (void)key;
  size_t n = 0, room = 0;
  wchar_t *text = NULL, c;
  bool ended = false;
  while (!ended && el_wgetc(line, &c) == 1) {
    if (n + 2 > room) {
      wchar_t *more = realloc(text, (room = 2 * room + 256) * sizeof *text);
      if (!more) break;
      text = more;
    }
    text[n++] = c == L'\r' ? L'\n' : c;
    ended = n >= END && wmemcmp(text + n - END, end, END) == 0;
  }
  if (ended) n -= END;
  while (n > 0 && text[n - 1] == L'\n') n--; /* it is not run before it has been seen */
  size_t kept = 0;
  for (size_t i = 0; i < n; i++)
    if (text[i] == L'\n' || text[i] == L'\t' || !iswcntrl((wint_t)text[i])) text[kept++] = text[i];
  bool fine = true;
  if (kept > 0) {
    text[kept] = L'\0';
    fine = el_winsertstr(line, text) == 0;
  }
  free(text);
  return fine ? CC_REFRESH : CC_ERROR;
}

void prompt_bind_keys(EditLine *line) {
  static const struct {
    const char *name, *what;
    unsigned char (*function)(EditLine *, int);
  } functions[] = {{"losslab-complete", "completes names", key_complete},
                   {"losslab-up", "the line above, or an older entry", key_up},
                   {"losslab-down", "the line below, or a newer entry", key_down},
                   {"losslab-older", "an older entry", key_older},
                   {"losslab-newer", "a newer entry", key_newer},
                   {"losslab-enter", "runs, or opens a line", key_enter},
                   {"losslab-open-line", "opens a line", key_open_line},
                   {"losslab-line-start", "the line's first character", key_line_start},
                   {"losslab-line-end", "behind the line's last character", key_line_end},
                   {"losslab-kill", "deletes the rest of the line", key_kill},
                   {"losslab-word-left", "the word's first character", key_word_left},
                   {"losslab-word-right", "behind the word's last character", key_word_right},
                   {"losslab-cut-word-left", "deletes to the word's first character", key_cut_word_left},
                   {"losslab-cut-word-right", "deletes the rest of the word", key_cut_word_right},
                   {"losslab-last-word", "the last word of the entry before", key_last_word},
                   {"losslab-paste", "what is pasted", key_paste}};
  static const char *const keys[][2] = {{"^I", "losslab-complete"},
                                        {"^R", "em-inc-search-prev"},
                                        {"^S", "em-inc-search-next"},
                                        {"^L", "ed-clear-screen"},
                                        {"^P", "losslab-up"},
                                        {"^N", "losslab-down"},
                                        {"\\e[A", "losslab-up"},
                                        {"\\e[B", "losslab-down"},
                                        {"\\eOA", "losslab-up"},
                                        {"\\eOB", "losslab-down"},
                                        {"^J", "losslab-enter"},
                                        {"^M", "losslab-enter"},
                                        {"\\e\\n", "losslab-open-line"},
                                        {"\\e\\r", "losslab-open-line"},
                                        {"^A", "losslab-line-start"},
                                        {"^E", "losslab-line-end"},
                                        {"\\e[H", "losslab-line-start"},
                                        {"\\e[F", "losslab-line-end"},
                                        {"\\eOH", "losslab-line-start"},
                                        {"\\eOF", "losslab-line-end"},
                                        {"\\e[1~", "losslab-line-start"},
                                        {"\\e[4~", "losslab-line-end"},
                                        {"^K", "losslab-kill"},
                                        {"^W", "ed-delete-prev-word"},
                                        {"\\eb", "losslab-word-left"},
                                        {"\\ef", "losslab-word-right"},
                                        {"\\e[1;5D", "losslab-word-left"},
                                        {"\\e[1;5C", "losslab-word-right"},
                                        {"\\e[1;3D", "losslab-word-left"},
                                        {"\\e[1;3C", "losslab-word-right"},
                                        {"\\e[5D", "losslab-word-left"},
                                        {"\\e[5C", "losslab-word-right"},
                                        {"\\eOd", "losslab-word-left"},
                                        {"\\eOc", "losslab-word-right"},
                                        {"\\ed", "losslab-cut-word-right"},
                                        {"\\e^?", "losslab-cut-word-left"},
                                        {"\\e^H", "losslab-cut-word-left"},
                                        {"\\e[3~", "ed-delete-next-char"},
                                        {"\\e.", "losslab-last-word"},
                                        {"\\e_", "losslab-last-word"},
                                        {"\\e[200~", "losslab-paste"},
                                        {ACCEPT, "ed-newline"},
                                        {"\\e[5~", "losslab-older"},
                                        {"\\e[6~", "losslab-newer"},
                                        {KILL, "ed-kill-line"}};
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
    el_set(line, EL_ADDFN, functions[i].name, functions[i].what, functions[i].function);
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) el_set(line, EL_BIND, keys[i][0], keys[i][1], NULL);
}
