/* ll.http.open(answer, options): a server of HTTP for the user's own browser, by libmicrohttpd. What it serves a function of Lua
 * says: answer(path) -> status, type, body. It runs on the one thread of Lua, while that waits for requests: server:wait(seconds).
 *
 * It listens on the loopback alone. Every program and every page in the browser of this machine can still reach it, so it takes no
 * orders: only GET and HEAD, no bodies; a Host that is no name of this machine is refused, since a page that had its own name
 * resolved to 127.0.0.1 could read the answers otherwise (DNS rebinding). Any port is taken there: that of a tunnel (ssh -L) is
 * another.
 *
 * The library, which brings GnuTLS with it, is loaded when a server is first opened, so nothing else waits for it. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <microhttpd.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lua/bind/bind.h"
#include "lua/bind/process.h"

#define SERVER "losslab.server"

/* At most so many connections, bytes of a request's head, seconds without a word, bytes of an answer. */
enum { CONNECTIONS = 32, HEAD_MOST = 16384, PATIENCE = 15, BODY_MOST = 64 << 20 };

/* ---- the library ---- */

#define LIBRARY(F)                                                                                                                 \
  F(start_daemon)                                                                                                                  \
  F(stop_daemon)                                                                                                                   \
  F(run)                                                                                                                           \
  F(get_daemon_info)                                                                                                               \
  F(get_timeout)                                                                                                                   \
  F(get_connection_values)                                                                                                         \
  F(lookup_connection_value)                                                                                                       \
  F(create_response_from_buffer)                                                                                                   \
  F(add_response_header)                                                                                                           \
  F(queue_response)                                                                                                                \
  F(destroy_response)                                                                                                              \
  F(get_version)

#define FUNCTION(name) __typeof__(MHD_##name) *name;
static struct {
  void *handle;
  LIBRARY(FUNCTION)
} mhd;

/* NULL, or why it cannot be had. */
static const char *load(void) {
  static const char *const names[] = {"libmicrohttpd.so.12", "libmicrohttpd.so"};
  void *handle = mhd.handle;
  for (size_t i = 0; i < sizeof names / sizeof *names && !handle; i++) handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  if (!handle) return dlerror();
#define FIND(f)                                                                                                                    \
  if (!(mhd.f = (__typeof__(mhd.f))dlsym(handle, "MHD_" #f))) return "it has no MHD_" #f;
  LIBRARY(FIND)
  mhd.handle = handle;
  return NULL;
}

/** ll.http.library() -> string, or nil and why
 * The version of libmicrohttpd, which is loaded by this; nil and what the system says where it cannot be.
 * See: ll.http.open
 * Example:
 *   ll.http.library() or "none"   --> …
 */
static int http_library(lua_State *L) {
  const char *why = load();
  lua_pushstring(L, why ? NULL : mhd.get_version());
  if (!why) return 1;
  lua_pushstring(L, why);
  return 2;
}

/* ---- a server ---- */

typedef struct server {
  struct MHD_Daemon *daemon; /* NULL: closed */
  pid_t owner;
  int port;
  lua_State *waiting; /* in server:wait, whose argument 1 is the server */
} server;

/** server
 * What ll.http.open gives: it answers requests while server:wait runs. It is closed when it is collected.
 * See: ll.http.open, server:wait, server:port
 * Example:
 *   ll.http.library   --> …
 */
static server *check_server(lua_State *L) {
  server *s = bind_object(L, 1, SERVER);
  if (!s->daemon) luaL_error(L, "this server is closed");
  return s;
}

/* A request that is to be answered. status: one of ours and what it says; 0: Lua is asked. */
typedef struct request {
  struct MHD_Response *response; /* [out] */
  const char *path, *text;
  unsigned status;
} request;

/* (the server, the request): makes the response, with the headers of all. Raises before it is made, never behind. */
static int respond(lua_State *L) {
  request *r = lua_touserdata(L, 2);
  size_t bytes = strlen(r->text);
  const char *type = "text/plain; charset=utf-8", *body = r->text;
  if (r->status == 0) {
    lua_getiuservalue(L, 1, 1);
    lua_pushstring(L, r->path);
    lua_call(L, 1, 3);
    r->status = (unsigned)luaL_checkinteger(L, -3);
    type = luaL_checkstring(L, -2), body = luaL_checklstring(L, -1, &bytes);
    if (r->status < 200 || r->status > 599) return luaL_error(L, "an answer of status %d", (int)r->status);
    if (bytes > BODY_MOST) return luaL_error(L, "an answer of more than %d MB", BODY_MOST >> 20);
  }
  lua_getiuservalue(L, 1, 2);
  struct MHD_Response *made = mhd.create_response_from_buffer(bytes, (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);
  if (!made) return luaL_error(L, "out of memory");
  mhd.add_response_header(made, "Content-Type", type);
  if (r->status == 405) mhd.add_response_header(made, "Allow", "GET, HEAD");
  lua_pushnil(L);
  while (lua_next(L, -2)) { /* strings alone: open looked */
    mhd.add_response_header(made, lua_tostring(L, -2), lua_tostring(L, -1));
    lua_pop(L, 1);
  }
  r->response = made;
  return 0;
}

/* The name without a port is one by which this machine calls itself. */
static bool is_here(const char *host) {
  static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    size_t n = strlen(names[i]);
    if (strncasecmp(host, names[i], n) != 0) continue;
    const char *rest = host + n;
    if (*rest == 0) return true;
    if (*rest == ':' && rest[1 + strspn(rest + 1, "0123456789")] == 0) return true;
  }
  return false;
}

static enum MHD_Result count_hosts(void *count, enum MHD_ValueKind kind, const char *name, const char *value) {
  (void)kind, (void)value;
  if (strcasecmp(name, "Host") == 0) ++*(int *)count;
  return MHD_YES;
}

/* What is refused before Lua is asked. */
static void look(struct MHD_Connection *connection, const char *method, request *r) {
  int hosts = 0;
  mhd.get_connection_values(connection, MHD_HEADER_KIND, count_hosts, &hosts);
  const char *host = mhd.lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
  const char *length = mhd.lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
  bool body = (length && strcmp(length, "0") != 0) || mhd.lookup_connection_value(connection, MHD_HEADER_KIND, "Transfer-Encoding");
  if (hosts != 1 || !host || !is_here(host)) r->status = 421, r->text = "this server is for 127.0.0.1, localhost and [::1] alone\n";
  else if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) r->status = 405, r->text = "GET and HEAD are all there is\n";
  else if (body) r->status = 413, r->text = "no request has a body here\n";
}

static enum MHD_Result on_request(void *of, struct MHD_Connection *connection, const char *path, const char *method,
                                  const char *version, const char *upload, size_t *upload_size, void **seen) {
  static char once;
  server *s = of;
  lua_State *L = s->waiting;
  request r = {.path = path, .text = ""};
  (void)version, (void)upload;
  look(connection, method, &r);
  if (r.status == 0 && !*seen) { /* the head is there; the second call comes behind its end */
    *seen = &once;
    return MHD_YES;
  }
  if (*upload_size > 0 || !L || !lua_checkstack(L, 4)) return MHD_NO;
  lua_pushcfunction(L, respond);
  lua_pushvalue(L, 1);
  lua_pushlightuserdata(L, &r);
  if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
    bind_complain("an answer could not be made: ", lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "an error");
    lua_pop(L, 1);
    static char sorry[] = "the answer could not be made; the terminal says why\n";
    r.status = 500;
    r.response = mhd.create_response_from_buffer(sizeof sorry - 1, sorry, MHD_RESPMEM_PERSISTENT);
    if (!r.response) return MHD_NO;
  }
  enum MHD_Result queued = mhd.queue_response(connection, r.status, r.response);
  mhd.destroy_response(r.response);
  return queued;
}

/* Paths come as they were sent: nothing of them is a file's name. */
static size_t as_it_is(void *of, struct MHD_Connection *connection, char *text) {
  (void)of, (void)connection;
  return strlen(text);
}

/* ---- opening ---- */

/* A socket that listens on a loopback address; −1 with errno. [out] port: which it is. */
static int listen_on(const char *address, int *port) {
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)*port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)*port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  bool is_six = strchr(address, ':') != NULL;
  struct sockaddr *at = is_six ? (struct sockaddr *)&six : (struct sockaddr *)&four;
  socklen_t size = is_six ? sizeof six : sizeof four;
  int yes = 1, fd = socket(at->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 || bind(fd, at, size) != 0 || listen(fd, CONNECTIONS) != 0 ||
      getsockname(fd, at, &size) != 0) {
    int why = errno;
    close(fd);
    errno = why;
    return -1;
  }
  *port = ntohs(is_six ? six.sin6_port : four.sin_port);
  return fd;
}

/* The headers of all answers, at the top: names and values are strings. */
static void check_headers(lua_State *L) {
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING || strpbrk(lua_tostring(L, -1), "\r\n"))
      luaL_error(L, "http.open: headers must be lines by their names, { [\"Cache-Control\"] = \"no-store\" }");
    lua_pop(L, 1);
  }
}

/** ll.http.open(answer [, { address = "127.0.0.1", port = 0, headers = {} }]) -> server
 * A server on this machine alone, for a browser on it: what it gives, answer(path) says.
 * It takes GET and HEAD of names of this machine (127.0.0.1, localhost, [::1], any port) without a body; all else is refused.
 * Nothing happens but while server:wait runs.
 *   answer    a function: called with a request's path as it was sent, it gives status, type and body
 *   address   "127.0.0.1" or "::1" ("127.0.0.1")
 *   port      1 to 65535; 0: one that is free (0)
 *   headers   of every answer: { [name] = value } (none)
 * Errors: libmicrohttpd is not there; a port that is taken, or that needs rights.
 * See: server:wait, server:port
 * Example:
 *   local function answer(path) return 200, "text/plain", "this is " .. path end
 *   local server = ll.http.library() and ll.http.open(answer)
 *   not server or server:port() > 0   --> true
 */
static int http_open(lua_State *L) {
  static const char *const known[] = {"address", "port", "headers", NULL}, *const addresses[] = {"127.0.0.1", "::1", NULL};
  if (!lua_isfunction(L, 1)) return bind_wrong(L, 1, "http.open", "answer", "a function");
  if (lua_isnoneornil(L, 2)) lua_settop(L, 1), lua_newtable(L);
  bind_options(L, 2, "http.open", known);
  const char *address = addresses[bind_opt_word(L, 2, "http.open", "address", addresses, 0)];
  lua_Integer port = bind_opt_integer(L, 2, "http.open", "port", 0);
  if (port < 0 || port > 65535) return luaL_error(L, "http.open: port must be from 0 to 65535, not %I", (LUAI_UACINT)port);
  bind_reach(L, "http.open");
  if (lua_getfield(L, 2, "headers") == LUA_TNIL) lua_newtable(L), lua_replace(L, -2);
  if (!lua_istable(L, -1)) return luaL_error(L, "http.open: headers must be a table, not %s", bind_shown(L, -1));
  check_headers(L);
  const char *why = load();
  if (why) return luaL_error(L, "libmicrohttpd cannot be loaded: %s (Debian: apt-get install libmicrohttpd12)", why);

  server *s = lua_newuserdatauv(L, sizeof *s, 2);
  *s = (server){.owner = getpid(), .port = (int)port};
  luaL_setmetatable(L, SERVER);
  lua_pushvalue(L, 1), lua_setiuservalue(L, -2, 1);
  lua_pushvalue(L, -2), lua_setiuservalue(L, -2, 2);
  int fd = listen_on(address, &s->port);
  if (fd < 0 && errno == EADDRINUSE)
    return luaL_error(L, "port %d of %s is taken by another program; 0 picks one that is free", s->port, address);
  if (fd < 0) return luaL_error(L, "port %d of %s cannot be opened: %s", s->port, address, strerror(errno));
  s->daemon = mhd.start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, s, MHD_OPTION_LISTEN_SOCKET, fd,
                               MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                               (size_t)HEAD_MOST, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)PATIENCE, MHD_OPTION_STRICT_FOR_CLIENT,
                               1, MHD_OPTION_UNESCAPE_CALLBACK, as_it_is, NULL, MHD_OPTION_END);
  if (!s->daemon)
    return luaL_error(L, "libmicrohttpd %s does not start a server here", mhd.get_version()); /* it may have closed fd */
  return 1;
}

/** server:wait(seconds) -> boolean
 * Answers what comes within so many seconds, and returns when something was done, after that time, or when a signal came.
 * Whether something came.
 *   seconds   a number >= 0
 * See: ll.process.catch
 * Example:
 *   local server = ll.http.library() and ll.http.open(function() return 200, "text/plain", "" end)
 *   server and server:wait(0) or false   --> false
 */
static int server_wait(lua_State *L) {
  server *s = check_server(L);
  double seconds = bind_number(L, 2, "wait", "seconds");
  luaL_argcheck(L, seconds >= 0 && seconds < 1e9, 2, "a time in seconds");
  if (s->waiting) return luaL_error(L, "wait: an answer waits for another");
  MHD_UNSIGNED_LONG_LONG soon = 0;
  if (mhd.get_timeout(s->daemon, &soon) == MHD_YES && (double)soon / 1000 < seconds) seconds = (double)soon / 1000;
  struct pollfd at = {.fd = mhd.get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, .events = POLLIN};
  int ready = bind_wait(&at, 1, seconds);
  if (ready < 0) return luaL_error(L, "poll: %s", strerror(errno));
  s->waiting = L;
  /* Once more, since only then it listens again where there were as many connections as may be and one has ended. */
  bool fine = mhd.run(s->daemon) == MHD_YES && mhd.run(s->daemon) == MHD_YES;
  s->waiting = NULL;
  if (!fine) return luaL_error(L, "libmicrohttpd gave up");
  lua_pushboolean(L, ready > 0);
  return 1;
}

/** server:port() -> integer
 * The port on which it listens.
 * Example:
 *   local server = ll.http.library() and ll.http.open(function() return 200, "text/plain", "" end)
 *   not server or server:port() > 0   --> true
 */
static int server_port(lua_State *L) {
  lua_pushinteger(L, check_server(L)->port);
  return 1;
}

/** server:close()
 * Ends it: what waits for an answer gets none. Closing twice is fine.
 * Example:
 *   local server = ll.http.library() and ll.http.open(function() return 200, "text/plain", "" end)
 *   if server then server:close() end
 */
static int server_close(lua_State *L) {
  server *s = luaL_checkudata(L, 1, SERVER);
  if (s->waiting) return luaL_error(L, "close: an answer is being made");
  if (s->daemon && s->owner == getpid()) mhd.stop_daemon(s->daemon);
  s->daemon = NULL;
  return 0;
}

static int server_tostring(lua_State *L) {
  const server *s = luaL_checkudata(L, 1, SERVER);
  if (s->daemon) lua_pushfstring(L, "server on port %d", s->port);
  else lua_pushliteral(L, "closed server");
  return 1;
}

/** ll.http
 * A server for a browser on this machine, for losslab's own use: losslab serve shows databases by it.
 * See: ll.http.open, losslab serve
 * Example:
 *   ll.http.library() or "none"   --> …
 */
int bind_open_http(lua_State *L) {
  static const bind_function functions[] = {{"open", http_open, 2}, {"library", http_library, 0}, {NULL, NULL, 0}};
  static const bind_function methods[] = {
      {"wait", server_wait, 2}, {"port", server_port, 1}, {"close", server_close, 1}, {NULL, NULL, 0}};
  static const luaL_Reg metamethods[] = {
      {"__tostring", server_tostring}, {"__gc", server_close}, {"__close", server_close}, {NULL, NULL}};
  bind_class(L, SERVER, methods, metamethods);
  bind_module(L, functions);
  return 1;
}
