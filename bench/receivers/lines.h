#ifndef LINES_H
#define LINES_H

#include <stdbool.h>
#include <stddef.h>

/* Commands: one flat JSON object a line, as JSON.stringify writes it, without escapes in its strings. */

enum { LINE_MOST = 2048 };

typedef struct {
  char bytes[LINE_MOST];
  size_t length;
} LineReader;

/* Reads once. False: the input has ended, or a line is too long. */
bool lines_read(LineReader *reader, int file);
/* The next whole line, ended by a NUL; NULL: none yet. Valid until the next call of either. */
char *lines_next(LineReader *reader, char *line);

/* False if there is none, or it does not fit. */
bool line_text(const char *line, const char *key, char *out, size_t size);
bool line_number(const char *line, const char *key, long *out);
bool line_true(const char *line, const char *key);

#endif
