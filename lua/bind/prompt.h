/* What the files of the line editor share: the editor, and the functions that keys are bound to. */
#ifndef LOSSLAB_BIND_PROMPT_H
#define LOSSLAB_BIND_PROMPT_H

#include <histedit.h>
#include <wchar.h>

#include "lua/bind/program.h"

typedef struct prompt_state {
  EditLine *line;
  History *history;
  lua_State *L;     /* of the read that is going on, for the functions in Lua */
  int functions;    /* a reference to the table of functions in Lua */
  char *prompt;     /* as it is shown; ours */
  char *before;     /* [opt] lines of the statement above this one, which Up takes back into the buffer; ours */
  bool whole;       /* they were taken back: the buffer is the whole statement */
  bool marks_paste; /* the terminal marks what is pasted */
  mbstate_t bytes;  /* of a character that has come in part */
  int ahead;        /* bytes that were typed before the terminal gave each at once, in which a Ctrl-D is a NUL */
  bool interrupted; /* the last read ended by Ctrl-C */
  int back;         /* how many entries back what the buffer holds comes from; 0: it is being typed */
  char *typed;      /* [opt] what was being typed before; ours */
  /* Alt-. again takes the word of the line before: */
  int words_back;    /* how many entries back the last word came from; 0: the last key was another */
  size_t word_start; /* where in the buffer it stands, and */
  size_t word_end;   /* where it ends, in characters */
} prompt_state;

prompt_state *prompt_of(EditLine *line);
/* Calls the function of that name with the text before the cursor, or with all of it, and a number; [out] two results on the stack.
 * False if it raised. */
bool prompt_call(prompt_state *e, const char *name, bool all, int number);
/* Writes to the terminal at once. */
void prompt_show(const char *text);
/* Adds the functions of prompt_keys.c to a line editor and binds the keys. */
void prompt_bind_keys(EditLine *line);

#endif
