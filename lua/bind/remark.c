/* What losses remark while they are trained: no errors, but what who trains should know. By hand each loss tells each of its
 * remarks once, on standard error. The trials of a study make thousands of losses in several processes, which all together tell
 * each kind once. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>

#include "lua/bind/bind.h"
#include "lua/bind/state.h"

enum { EACH, ONCE, NEVER };
static const char *const modes[] = {[EACH] = "each", [ONCE] = "once", [NEVER] = "never", NULL};

void bind_remark_share(bind_state *state) {
  if (state->told) return;
  void *page = mmap(NULL, sizeof *state->told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page != MAP_FAILED) state->told = page; /* without it each process tells for itself */
}

void bind_remark_close(bind_state *state) {
  if (state->told) munmap(state->told, sizeof *state->told);
  state->told = NULL;
}

static bool is_first(bind_state *state, ll_remark which) {
  static atomic_uint of_this_process;
  if (state->remarks != ONCE) return state->remarks == EACH;
  return !(atomic_fetch_or(state->told ? state->told : &of_this_process, 1U << which) & 1U << which);
}

void bind_remark(bind_state *state, ll_loss *loss) {
  ll_remark which;
  for (const char *said; (said = ll_loss_remark(loss, &which));) {
    char what[160];
    if (!is_first(state, which)) continue;
    if (which == LL_REMARK_RANGE)
      snprintf(what, sizeof what, "; give the network output = \"sigmoid\", or the loss %s:sigmoid()", loss->desc->inputs[0].name);
    else
      snprintf(what, sizeof what, "; at the end of each epoch, call loss:%s",
               ll_loss_wants_history(loss) ? "history(ll.no_grad(net, train.x), train.y)" : "end_epoch()");
    bind_complain(said, what);
  }
}

/** ll.loss.remarks(mode) -> string
 * Which remarks of losses are told on standard error; gives the mode that was.
 * A loss remarks what is no error but should be known: scores outside [0, 1] where a sigmoid is meant, a history that is long
 * overdue.
 *   mode   "each": every loss tells its own, once ("each"); "once": all losses together, in this process and those forked from
 *         it, tell one of a kind; "never"
 * Errors: no such mode.
 * See: loss.output, loss:end_epoch
 * Example:
 *   ll.loss.remarks "never"   --> each
 *   ll.loss.remarks "each"   --> never
 */
int bind_remarks(lua_State *L) {
  bind_state *state = bind_state_get(L);
  const char *mode = bind_string(L, 1, "remarks", "the mode");
  size_t place;
  bind_check(L, ll_names_choose(bind_ctx(L), "remarks", "the mode", mode, modes, NEVER + 1, &place));
  lua_pushstring(L, modes[state->remarks]);
  state->remarks = (int)place;
  if (place == ONCE) bind_remark_share(state);
  return 1;
}
