/* Reads a function's code as lua_dump gives it, and goes through it with names in place of values. What is accepted is straight
 * code that loads arguments, upvalues and fields and makes the calls of a step in their order; anything else, also a dump of
 * another Lua than 5.4, is not a step. */
#include "lua/bind/step_code.h"

#include <stdint.h>
#include <string.h>

/* Those of Lua 5.4's instructions that a step has. */
enum {
  OP_MOVE = 0,
  OP_GETUPVAL = 9,
  OP_GETTABUP = 11,
  OP_GETFIELD = 14,
  OP_SELF = 20,
  OP_CALL = 68,
  OP_TAILCALL = 69,
  OP_RETURN = 70,
  OP_RETURN0 = 71,
  OP_RETURN1 = 72
};
enum { MOST_CODE = 64, MOST_CONSTANTS = 64, MOST_TEXT = 1 << 24, REGISTERS = 256 };

typedef struct text {
  const char *at;
  size_t n;
} text;

typedef struct reading {
  const unsigned char *at, *end;
  bool bad;
  int parameters, code_count, constant_count, first_line;
  uint32_t code[MOST_CODE];
  text constants[MOST_CONSTANTS]; /* NULL: no string */
  int lines[MOST_CODE];
} reading;

/* ---- the dump --------------------------------------------------------------------------------------------------------------- */

static const unsigned char *take(reading *r, size_t n) {
  static const unsigned char none[16];
  if (r->bad || (size_t)(r->end - r->at) < n) {
    r->bad = true;
    return n <= sizeof none ? none : NULL;
  }
  r->at += n;
  return r->at - n;
}

static unsigned byte(reading *r) { return *take(r, 1); }

static size_t integer(reading *r) { /* 7 bits a byte, the highest first; the last one is marked */
  size_t x = 0;
  for (int i = 0; i < 9 && !r->bad; i++) {
    unsigned b = byte(r);
    x = x << 7 | (b & 0x7f);
    if (b & 0x80) return x;
  }
  r->bad = true;
  return 0;
}

static size_t count(reading *r, size_t most) {
  size_t n = integer(r);
  if (n > most) r->bad = true;
  return r->bad ? 0 : n;
}

static text string(reading *r) {
  size_t n = count(r, MOST_TEXT);
  if (n == 0) return (text){NULL, 0};
  const unsigned char *at = take(r, n - 1);
  return r->bad ? (text){NULL, 0} : (text){(const char *)at, n - 1};
}

static text constant(reading *r) {
  unsigned kind = byte(r);
  if (kind == 0x04 || kind == 0x14) return string(r);
  if (kind == 0x03 || kind == 0x13) (void)take(r, 8); /* an integer, a number */
  return (text){NULL, 0};
}

static void line_of_each(reading *r) {
  int n = (int)count(r, MOST_CODE), line = r->first_line;
  const signed char *steps = (const signed char *)take(r, (size_t)n);
  int absolute = (int)count(r, MOST_CODE), place[MOST_CODE], at[MOST_CODE];
  for (int i = 0; i < absolute; i++) place[i] = (int)integer(r), at[i] = (int)integer(r);
  if (r->bad || n != r->code_count) return;
  for (int i = 0; i < n; i++) {
    line += steps[i];
    for (int k = 0; k < absolute; k++)
      if (place[k] == i) line = at[k];
    r->lines[i] = line;
  }
}

static bool read_dump(reading *r) {
  static const unsigned char header[] = "\x1bLua\x54\0\x19\x93\r\n\x1a\n\x04\x08\x08";
  if (memcmp(take(r, sizeof header - 1), header, sizeof header - 1) != 0 || r->bad) return false;
  (void)take(r, 8 + 8 + 1); /* an integer and a number as they are stored, how many upvalues */
  (void)string(r);
  r->first_line = (int)integer(r), (void)integer(r);
  r->parameters = (int)byte(r);
  bool more = byte(r) != 0;
  (void)byte(r); /* size of the stack */
  r->code_count = (int)count(r, MOST_CODE);
  const unsigned char *code = take(r, (size_t)r->code_count * 4);
  if (r->bad || more) return false;
  memcpy(r->code, code, (size_t)r->code_count * 4);
  r->constant_count = (int)count(r, MOST_CONSTANTS);
  for (int i = 0; i < r->constant_count; i++) r->constants[i] = constant(r);
  (void)take(r, count(r, REGISTERS) * 3);               /* upvalues */
  if (count(r, MOST_CODE) != 0 || r->bad) return false; /* functions within */
  line_of_each(r);
  return !r->bad;
}

/* ---- the code --------------------------------------------------------------------------------------------------------------- */

enum { NOTHING, SOURCE, OUTPUT, VALUE, NUMBER, BACKWARD, ITEM, STEP };

typedef struct name {
  int kind, source; /* SOURCE: which */
} name;

typedef struct machine {
  const reading *read;
  bind_step_code *code;
  name registers[REGISTERS + 2];
  int top; /* behind the results of a call that gave all it had; 0: none did */
  int stage;
} machine;

static bool new_source(machine *m, int to, bind_step_kind kind, int at, text key) {
  bind_step_code *c = m->code;
  if (c->n_sources == BIND_STEP_SOURCES || key.n > BIND_STEP_KEY || (kind == BIND_STEP_FIELD && !key.at)) return false;
  bind_step_source *s = &c->sources[c->n_sources];
  *s = (bind_step_source){.kind = kind, .at = at};
  if (key.at) memcpy(s->key, key.at, key.n);
  if (strlen(s->key) != key.n) return false;
  m->registers[to] = (name){SOURCE, c->n_sources++};
  return true;
}

static text key_of(const machine *m, int place) { return place < m->read->constant_count ? m->read->constants[place] : (text){0}; }

static bool is(text a, const char *b) { return a.at && a.n == strlen(b) && memcmp(a.at, b, a.n) == 0; }

static bool called(machine *m, bind_step_call call, int place) {
  if (m->stage != (int)call) return false;
  m->code->lines[call] = m->read->lines[place];
  m->stage++;
  return true;
}

/* A call at a: with so many arguments; results + 1, or 0 for all. */
static bool call(machine *m, int place, int a, int arguments, int results) {
  bind_step_code *c = m->code;
  const name *at = &m->registers[a];
  name given = {NOTHING, 0};
  if (arguments < 0 || a + arguments >= REGISTERS) return false;
  for (int i = 1; i <= arguments; i++)
    if (at[i].kind == NOTHING) return false;
  if (at->kind == SOURCE && arguments == 1 && at[1].kind == SOURCE && m->stage == BIND_STEP_NET) {
    if (!called(m, BIND_STEP_NET, place)) return false;
    c->net = at->source, c->x = at[1].source;
    given.kind = OUTPUT;
  } else if (at->kind == SOURCE && arguments >= 1 && arguments <= LL_MAX_INPUTS && at[1].kind == OUTPUT) {
    if (!called(m, BIND_STEP_LOSS, place)) return false;
    c->loss = at->source, c->n_labels = arguments - 1;
    for (int i = 2; i <= arguments; i++) {
      if (at[i].kind != SOURCE) return false;
      c->labels[i - 2] = at[i].source;
    }
    given.kind = VALUE;
  } else if (at->kind == BACKWARD && arguments == 1) {
    if (!called(m, BIND_STEP_BACKWARD, place) || results != 1) return false;
  } else if (at->kind == STEP && arguments == 1) {
    if (!called(m, BIND_STEP_STEP, place) || results != 1) return false;
    c->optimizer = at->source;
  } else if (at->kind == ITEM && arguments == 1) {
    given.kind = NUMBER;
  } else {
    return false;
  }
  if (results > 2) return false;
  for (int i = a; i < REGISTERS; i++) m->registers[i] = (name){NOTHING, 0};
  m->registers[a] = results == 1 ? (name){NOTHING, 0} : given;
  m->top = results == 0 ? a + 1 : 0;
  return true;
}

static bool self(machine *m, int a, name object, text method) {
  int kind = object.kind == VALUE && is(method, "backward") ? BACKWARD
             : object.kind == VALUE && is(method, "item")   ? ITEM
             : object.kind == SOURCE && is(method, "step")  ? STEP
                                                            : NOTHING;
  m->registers[a] = (name){kind, object.source}, m->registers[a + 1] = object;
  return kind != NOTHING;
}

static bool gives(machine *m, int a, int n) {
  m->code->gives = n == 1;
  return m->stage == BIND_STEP_CALLS && (n == 0 || (n == 1 && m->registers[a].kind == NUMBER));
}

/* Whether all up to the first return is as it has to be: what is behind it is not reached, since nothing jumps. */
static bool follow(machine *m) {
  for (int i = 0; i < m->read->code_count; i++) {
    uint32_t code = m->read->code[i];
    int a = (int)(code >> 7 & 0xff), b = (int)(code >> 16 & 0xff), c = (int)(code >> 24);
    bool k = code >> 15 & 1, good = false;
    int arguments = b ? b - 1 : m->top ? m->top - a - 1 : -1;
    switch (code & 0x7f) {
    case OP_MOVE: m->registers[a] = m->registers[b], good = m->registers[b].kind != NOTHING; break;
    case OP_GETUPVAL: good = new_source(m, a, BIND_STEP_UPVALUE, b, (text){0}); break;
    case OP_GETTABUP:
      good = new_source(m, a, BIND_STEP_UPVALUE, b, (text){0}) &&
             new_source(m, a, BIND_STEP_FIELD, m->registers[a].source, key_of(m, c));
      break;
    case OP_GETFIELD:
      good = m->registers[b].kind == SOURCE && new_source(m, a, BIND_STEP_FIELD, m->registers[b].source, key_of(m, c));
      break;
    case OP_SELF: good = k && self(m, a, m->registers[b], key_of(m, c)); break;
    case OP_CALL: good = call(m, i, a, arguments, c); break;
    case OP_TAILCALL: return !k && m->registers[a].kind == ITEM && call(m, i, a, arguments, 2) && gives(m, a, 1);
    case OP_RETURN: return !k && b > 0 && gives(m, a, b - 1);
    case OP_RETURN0: return gives(m, a, 0);
    case OP_RETURN1: return gives(m, a, 1);
    default: break;
    }
    if (!good) return false;
  }
  return false;
}

typedef struct dump {
  bool begun;
  luaL_Buffer text;
} dump;

static int append(lua_State *L, const void *bytes, size_t n, void *user) {
  dump *d = user;
  if (!d->begun) luaL_buffinit(L, &d->text); /* here, since it may use the stack, on which lua_dump wants its function first */
  d->begun = true;
  luaL_addlstring(&d->text, bytes, n);
  return 0;
}

bool bind_step_code_read(lua_State *L, bind_step_code *code) {
  dump d = {.begun = false};
  reading r = {.bad = false};
  machine m = {.read = &r, .code = code};
  size_t n;
  int top = lua_gettop(L);
  memset(code, 0, sizeof *code);
  if (!lua_isfunction(L, -1) || lua_iscfunction(L, -1) || lua_dump(L, append, &d, 0) != 0) return false;
  luaL_pushresult(&d.text);
  r.at = (const unsigned char *)lua_tolstring(L, -1, &n), r.end = r.at + n;
  bool is_step = read_dump(&r);
  for (int i = 0; i < r.parameters && is_step; i++) is_step = new_source(&m, i, BIND_STEP_ARGUMENT, i, (text){0});
  is_step = is_step && follow(&m);
  lua_settop(L, top);
  return is_step;
}
