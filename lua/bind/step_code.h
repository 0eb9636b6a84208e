/* Whether a function of Lua is a step of training and nothing else, by its code. */
#ifndef LOSSLAB_BIND_STEP_CODE_H
#define LOSSLAB_BIND_STEP_CODE_H

#include "lua/bind/bind.h"

enum { BIND_STEP_SOURCES = 24, BIND_STEP_KEY = 40 };
typedef enum bind_step_kind { BIND_STEP_ARGUMENT, BIND_STEP_UPVALUE, BIND_STEP_FIELD } bind_step_kind;

/* Where the function reads a value from, before it calls anything. */
typedef struct bind_step_source {
  bind_step_kind kind;
  int at; /* the number of the argument or upvalue, from 0; of a field the source of its table, which comes before it */
  char key[BIND_STEP_KEY + 1];
} bind_step_source;

/* The calls that a step consists of, in this order. */
typedef enum bind_step_call { BIND_STEP_NET, BIND_STEP_LOSS, BIND_STEP_BACKWARD, BIND_STEP_STEP, BIND_STEP_CALLS } bind_step_call;

/* local value = loss(net(x), labels …); value:backward(); optimizer:step(), and, if it gives, return value:item(). */
typedef struct bind_step_code {
  bind_step_source sources[BIND_STEP_SOURCES];
  int n_sources;
  int net, x, loss, labels[LL_MAX_INPUTS], n_labels, optimizer; /* sources */
  int lines[BIND_STEP_CALLS];                                   /* of the calls; 0: not known */
  bool gives;
} bind_step_code;

/* [out] what the function on the top of the stack does, if that is a step alone. */
bool bind_step_code_read(lua_State *L, bind_step_code *code);

#endif
