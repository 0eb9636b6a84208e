/* The line editor of the prompt, by libedit: editor(functions) with read(prompt [, before]), add(entry), close(). What may be
 * completed, what is remembered and what a line means is decided in Lua (lua/losslab/prompt/prompt.lua), by the functions
 * complete(text before the cursor), unfinished(text), entry(text, how far back) and last_word(text, how far back). Characters are
 * read here and not by libedit, so that Ctrl-C gives up the line that is being typed. */
#define _GNU_SOURCE
#include "lua/bind/prompt.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define CLASS "losslab.editor"
enum { HISTORY = 2000, CTRL_D = 4 };

prompt_state *prompt_of(EditLine *line) {
  void *data;
  el_get(line, EL_CLIENTDATA, &data);
  return data;
}

static char *show_prompt(EditLine *line) { return prompt_of(line)->prompt; }

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
  prompt_state *e = prompt_of(line);
  for (;;) {
    char byte;
    if ((e->interrupted = wait_for_input())) return -1;
    ssize_t n = read(STDIN_FILENO, &byte, 1);
    if (n == 1) {
      bool was_ahead = e->ahead > 0;
      e->ahead -= was_ahead;
      if (byte == '\0' && !was_ahead) continue; /* Ctrl-Space, by which libedit takes the next key literally */
      if (byte == '\0') byte = CTRL_D;
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

bool prompt_call(prompt_state *e, const char *name, bool all, int number) {
  lua_State *L = e->L;
  const LineInfo *info = el_line(e->line);
  int top = lua_gettop(L);
  if (!lua_checkstack(L, 8)) return false;
  lua_rawgeti(L, LUA_REGISTRYINDEX, e->functions);
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
  lua_pushlstring(L, info->buffer, (size_t)((all ? info->lastchar : info->cursor) - info->buffer));
  lua_pushinteger(L, number);
  if (lua_pcall(L, 2, 2, 0) == LUA_OK) return true;
  lua_settop(L, top);
  return false;
}

void prompt_show(const char *text) {
  fputs(text, stdout);
  fflush(stdout);
}

static void forget(prompt_state *e) {
  free(e->prompt);
  free(e->before);
  free(e->typed);
  e->prompt = e->before = e->typed = NULL;
}

static int editor_close(lua_State *L) {
  prompt_state *e = luaL_checkudata(L, 1, CLASS);
  if (e->line) el_end(e->line);
  if (e->history) history_end(e->history);
  luaL_unref(L, LUA_REGISTRYINDEX, e->functions);
  forget(e);
  e->line = NULL;
  e->history = NULL;
  e->functions = LUA_NOREF;
  return 0;
}

static prompt_state *check(lua_State *L) {
  prompt_state *e = luaL_checkudata(L, 1, CLASS);
  if (!e->line) luaL_error(L, "the editor is closed");
  return e;
}

/* Asks the terminal to mark what is pasted, or not to. */
static void mark_pastes(const prompt_state *e, bool on) {
  if (!e->marks_paste) return;
  prompt_show(on ? "\033[?2004h" : "\033[?2004l");
}

/* editor:read(prompt [, before]): the line without its newline, and whether it is the whole statement, since the lines before it
 * were taken back into the buffer; or nil and "end" or "interrupted". A line may hold newlines: a block from the history or pasted.
 */
static int editor_read(lua_State *L) {
  prompt_state *e = check(L);
  int n = 0;
  const char *prompt = luaL_checkstring(L, 2), *before = luaL_optstring(L, 3, NULL);
  forget(e);
  e->prompt = strdup(prompt);
  e->before = before ? strdup(before) : NULL;
  if (!e->prompt || (before && !e->before)) return luaL_error(L, "out of memory");
  e->L = L;
  e->interrupted = e->whole = false;
  e->words_back = e->back = 0;
  program_was_interrupted();
  program_catch_interrupts();
  el_set(e->line, EL_PREP_TERM, 1); /* before the prompt shows: few keys come before */
  if (ioctl(STDIN_FILENO, FIONREAD, &e->ahead) != 0) e->ahead = 0;
  mark_pastes(e, true);
  const char *text = el_gets(e->line, &n);
  mark_pastes(e, false);
  if (!text || n <= 0) {
    putchar('\n');
    lua_pushnil(L);
    lua_pushstring(L, e->interrupted ? "interrupted" : "end");
    return 2;
  }
  size_t length = strlen(text);
  if (length > 0 && text[length - 1] == '\n') length--;
  lua_pushlstring(L, text, length);
  lua_pushboolean(L, e->whole);
  return 2;
}

/* editor:add(entry): remembers it. */
static int editor_add(lua_State *L) {
  prompt_state *e = check(L);
  HistEvent event;
  history(e->history, &event, H_ENTER, luaL_checkstring(L, 2));
  return 0;
}

/* Of characters only: numbers keep their decimal point. Where the environment names no character set beyond ASCII, what is typed is
 * taken for UTF-8 all the same, which no terminal of today does without. */
static void choose_characters(void) {
  setlocale(LC_CTYPE, "");
  if (strcmp(nl_langinfo(CODESET), "ANSI_X3.4-1968") == 0) setlocale(LC_CTYPE, "C.UTF-8");
}

int prompt_editor(lua_State *L) {
  static const bind_function methods[] = {
      {"read", editor_read, 3}, {"add", editor_add, 2}, {"close", editor_close, 1}, {NULL, NULL, 0}};
  static const luaL_Reg metamethods[] = {{"__gc", editor_close}, {"__close", editor_close}, {NULL, NULL}};
  HistEvent event;
  luaL_checktype(L, 1, LUA_TTABLE);
  choose_characters();
  bind_class(L, CLASS, methods, metamethods);
  prompt_state *e = lua_newuserdatauv(L, sizeof *e, 0);
  memset(e, 0, sizeof *e);
  e->functions = LUA_NOREF;
  luaL_setmetatable(L, CLASS);
  e->line = el_init("losslab", stdin, stdout, stderr);
  e->history = history_init();
  if (!e->line || !e->history) return luaL_error(L, "cannot start the line editor: out of memory");
  lua_pushvalue(L, 1);
  e->functions = luaL_ref(L, LUA_REGISTRYINDEX);
  const char *terminal = getenv("TERM");
  e->marks_paste = terminal && *terminal && strcmp(terminal, "dumb") != 0 && isatty(STDOUT_FILENO);
  history(e->history, &event, H_SETSIZE, HISTORY);
  history(e->history, &event, H_SETUNIQUE, 1);
  el_set(e->line, EL_CLIENTDATA, e);
  el_set(e->line, EL_PROMPT, show_prompt);
  el_set(e->line, EL_GETCFN, get_char);
  el_set(e->line, EL_SIGNAL, 1); /* libedit restores the terminal before a signal reaches us */
  el_set(e->line, EL_HIST, history, e->history);
  el_set(e->line, EL_EDITOR, "emacs");
  prompt_bind_keys(e->line);
  el_source(e->line, NULL);
  return 1;
}
