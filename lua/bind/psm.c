/* ll.psm: peptide-spectrum matches. Each file of it brings its functions. */
#include "lua/bind/fdr_parts.h"

/** ll.psm
 * Peptide-spectrum matches: features for rescoring them.
 * See: ll.psm.normal_scores, ll.psm.lead, ll.psm.leaks, ll.fdr
 * Example:
 *   ll.psm.lead({ 5, 3, 1 }, { 1, 1, 2 }):table()   --> { 2, 0, 0 }
 */
int bind_open_psm(lua_State *L) {
  lua_newtable(L);
  bind_functions(L, bind_psm_features);
  bind_ranker_class(L);
  return 1;
}
