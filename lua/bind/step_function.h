/* Functions that are a step of training and nothing else, run without Lua: ll.compile(f). */
#ifndef LOSSLAB_BIND_STEP_FUNCTION_H
#define LOSSLAB_BIND_STEP_FUNCTION_H

#include "engine/nn/mlp_pass.h"
#include "lua/bind/step_code.h"

/* Of an object whose user value 1 is the function; user value 2 keeps the network of the pass. */
typedef struct bind_step_function {
  bind_step_code code;
  char source[LUA_IDSIZE]; /* as messages name it */
  bool is_step;
  ll_tape *tape;   /* which counts a call that raises */
  const char *why; /* why the last call was not run as a whole step; NULL: it was */
  void **net;      /* of the pass */
  ll_mlp_pass *pass;
  ll_matrix slope; /* the gradient of the network's outputs */
} bind_step_function;

/* Takes note of the methods that a step calls, before a program could change them. */
void bind_step_function_open(lua_State *L);
/* Fills one, zeroed, for the function on the top of the stack. */
void bind_step_function_read(lua_State *L, bind_step_function *s);
/* Does what a call of the object at 1 with what is above it would do, and gives how many results it has pushed; -1, and nothing is
 * changed, where this is not certain to be the same. */
int bind_step_function_call(lua_State *L, bind_step_function *s);
void bind_step_function_close(ll_ctx *ctx, bind_step_function *s);

#endif
