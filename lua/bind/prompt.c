/* The line editor of the prompt, by libedit: editor(complete) with read(prompt), add(line), close(). What may be completed, what
 * is remembered and what a line means is decided in lua/losslab/cli/prompt.lua. Characters are read here and not by libedit, so
 * that Ctrl-C gives up the line that is being typed. */
#define _GNU_SOURCE
#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "lua/bind/program.h"

#define CLASS "losslab.editor"
enum { HISTORY = 2000 };

typedef struct editor {
  EditLine *line;
  History *history;
  lua_State *L; /* of the read that is going on, for the completion */
  int complete; /* a reference to the Lua function */
  const char *prompt;
  mbstate_t bytes;  /* of a character that has come in part */
  bool interrupted; /* the last read ended by Ctrl-C */
} editor;

static editor *of(EditLine *line) {
  void *data;
  el_get(line, EL_CLIENTDATA, &data);
  return data;
}

static char *show_prompt(EditLine *line) { return (char *)(uintptr_t)of(line)->prompt; }

/* Waits for input or Ctrl-C, and says whether it was Ctrl-C. The signal is blocked until ppoll sleeps: one that came just before
 * would otherwise be noticed at the next key only. libedit's handler raises the signal again for ours, which may arrive only after
 * it is unblocked, so the flag is looked at once more. */
static bool wait_for_input(void) {
  struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
  sigset_t held, mask;
  sigemptyset(&held);
  sigaddset(&held, SIGINT);
  sigprocmask(SIG_BLOCK, &held, &mask);
  bool interrupted = program_was_interrupted();
  if (!interrupted) ppoll(&input, 1, NULL, &mask);
  sigprocmask(SIG_SETMASK, &mask, NULL);
  return program_was_interrupted() || interrupted;
}

/* One character: 1, or -1 at the end of the input, at an error, and after Ctrl-C. */
static int get_char(EditLine *line, wchar_t *out) {
  editor *e = of(line);
  for (;;) {
    char byte;
    if ((e->interrupted = wait_for_input())) return -1;
    ssize_t n = read(STDIN_FILENO, &byte, 1);
    if (n == 1) {
      size_t used = mbrtowc(out, &byte, 1, &e->bytes);
      if (used == (size_t)-2) continue;
      if (used == (size_t)-1) {
        memset(&e->bytes, 0, sizeof e->bytes);
        continue;
      }
      return 1;
    }
    if (n < 0 && errno == EINTR) continue;
    return -1;
  }
}

/* Tab: complete(text before the cursor) gives what to insert, or what to show as the possibilities. */
static unsigned char complete(EditLine *line, int key) {
  (void)key;
  editor *e = of(line);
  lua_State *L = e->L;
  const LineInfo *info = el_line(line);
  int top = lua_gettop(L);
  unsigned char result = CC_REFRESH_BEEP;
  lua_rawgeti(L, LUA_REGISTRYINDEX, e->complete);
  lua_pushlstring(L, info->buffer, (size_t)(info->cursor - info->buffer));
  if (lua_pcall(L, 1, 2, 0) == LUA_OK) {
    const char *insert = lua_tostring(L, -2), *list = lua_tostring(L, -1);
    if (insert && *insert && el_insertstr(line, insert) == 0) {
      result = CC_REFRESH;
    } else if (list) {
      printf("\n%s\n", list);
      fflush(stdout);
      result = CC_REDISPLAY;
    }
  }
  lua_settop(L, top);
  return result;
}

static int editor_close(lua_State *L) {
  editor *e = luaL_checkudata(L, 1, CLASS);
  if (e->line) el_end(e->line);
  if (e->history) history_end(e->history);
  luaL_unref(L, LUA_REGISTRYINDEX, e->complete);
  e->line = NULL;
  e->history = NULL;
  e->complete = LUA_NOREF;
  return 0;
}

static editor *check(lua_State *L) {
  editor *e = luaL_checkudata(L, 1, CLASS);
  if (!e->line) luaL_error(L, "the editor is closed");
  return e;
}

/* editor:read(prompt): the line without its newline, or nil and "end" or "interrupted". */
static int editor_read(lua_State *L) {
  editor *e = check(L);
  int n = 0;
  e->prompt = luaL_checkstring(L, 2);
  e->L = L;
  e->interrupted = false;
  program_was_interrupted();
  program_catch_interrupts();
  el_set(e->line, EL_PREP_TERM, 1); /* before the prompt shows: a Ctrl-D that came between would be read as a NUL */
  const char *text = el_gets(e->line, &n);
  if (!text || n <= 0) {
    putchar('\n');
    lua_pushnil(L);
    lua_pushstring(L, e->interrupted ? "interrupted" : "end");
    return 2;
  }
  if (text[n - 1] == '\n') n--;
  lua_pushlstring(L, text, (size_t)n);
  return 1;
}

/* editor:add(line): remembers it. */
static int editor_add(lua_State *L) {
  editor *e = check(L);
  HistEvent event;
  history(e->history, &event, H_ENTER, luaL_checkstring(L, 2));
  return 0;
}

int prompt_editor(lua_State *L) {
  static const bind_function methods[] = {
      {"read", editor_read, 2}, {"add", editor_add, 2}, {"close", editor_close, 1}, {NULL, NULL, 0}};
  static const luaL_Reg metamethods[] = {{"__gc", editor_close}, {"__close", editor_close}, {NULL, NULL}};
  static const char *const keys[][2] = {
      {"^I", "losslab-complete"},        {"^R", "em-inc-search-prev"}, {"\\e[1;5C", "em-next-word"}, {"\\e[1;5D", "ed-prev-word"},
      {"\\e[3~", "ed-delete-next-char"}, {"\\e[H", "ed-move-to-beg"},  {"\\e[F", "ed-move-to-end"},  {"^W", "ed-delete-prev-word"}};
  HistEvent event;
  luaL_checktype(L, 1, LUA_TFUNCTION);
  setlocale(LC_CTYPE, ""); /* of characters only: numbers keep their decimal point */
  bind_class(L, CLASS, methods, metamethods);
  editor *e = lua_newuserdatauv(L, sizeof *e, 0);
  memset(e, 0, sizeof *e);
  e->complete = LUA_NOREF;
  luaL_setmetatable(L, CLASS);
  e->line = el_init("losslab", stdin, stdout, stderr);
  e->history = history_init();
  if (!e->line || !e->history) return luaL_error(L, "cannot start the line editor: out of memory");
  lua_pushvalue(L, 1);
  e->complete = luaL_ref(L, LUA_REGISTRYINDEX);
  history(e->history, &event, H_SETSIZE, HISTORY);
  history(e->history, &event, H_SETUNIQUE, 1);
  el_set(e->line, EL_CLIENTDATA, e);
  el_set(e->line, EL_PROMPT, show_prompt);
  el_set(e->line, EL_GETCFN, get_char);
  el_set(e->line, EL_SIGNAL, 1); /* libedit restores the terminal before a signal reaches us */
  el_set(e->line, EL_HIST, history, e->history);
  el_set(e->line, EL_EDITOR, "emacs");
  el_set(e->line, EL_ADDFN, "losslab-complete", "completes names", complete);
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) el_set(e->line, EL_BIND, keys[i][0], keys[i][1], NULL);
  el_source(e->line, NULL);
  return 1;
}
