/* ll.system.key(seconds): a key as it is pressed, without the line's end that a terminal waits for otherwise. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "lua/bind/bind.h"
#include "lua/bind/process.h"

/** ll.system.key(seconds) -> string, or nothing
 * For losslab's own use: what is pressed within so many seconds on the terminal that standard input is.
 * Nothing where it is none, at a signal of ll.process.catch, and after that time.
 *   seconds   a number >= 0
 * See: ll.process.catch, ll.system.terminal
 * Example:
 *   ll.system.key(0) == nil   --> true
 */
int bind_system_key(lua_State *L) {
  double seconds = bind_number(L, 1, "system.key", "seconds");
  luaL_argcheck(L, seconds >= 0 && seconds < 1e9, 1, "a time in seconds");
  struct termios before;
  /* A process in the background would be stopped if it touched the terminal. */
  bool own = isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp() && tcgetattr(STDIN_FILENO, &before) == 0;
  struct pollfd at = {.fd = own ? STDIN_FILENO : -1, .events = POLLIN}; /* poll passes over −1 */
  if (own) {
    struct termios now = before;
    now.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    now.c_cc[VMIN] = 1, now.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &now);
  }
  char keys[8];
  int ready = bind_wait(&at, 1, seconds), why = errno;
  ssize_t n = ready > 0 ? read(STDIN_FILENO, keys, sizeof keys) : 0;
  if (own) tcsetattr(STDIN_FILENO, TCSANOW, &before);
  if (ready < 0) return luaL_error(L, "poll: %s", strerror(why));
  if (n <= 0) return 0;
  lua_pushlstring(L, keys, (size_t)n);
  return 1;
}
