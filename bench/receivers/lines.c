#include "lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool lines_read(LineReader *reader, int file) {
  size_t room = sizeof reader->bytes - reader->length;
  if (room == 0) return false;
  ssize_t count = read(file, reader->bytes + reader->length, room);
  if (count <= 0) return false;
  reader->length += (size_t)count;
  return true;
}

char *lines_next(LineReader *reader, char *line) {
  char *end = memchr(reader->bytes, '\n', reader->length);
  if (end == NULL) return NULL;
  size_t length = (size_t)(end - reader->bytes);
  memcpy(line, reader->bytes, length);
  line[length] = '\0';
  reader->length -= length + 1;
  memmove(reader->bytes, end + 1, reader->length);
  return line;
}

/* Quotes inside a string would be escaped, so this is the key. */
static const char *value_of(const char *line, const char *key) {
  char name[64];
  int length = snprintf(name, sizeof name, "\"%s\":", key);
  const char *at = length < (int)sizeof name ? strstr(line, name) : NULL;
  return at == NULL ? NULL : at + length;
}

bool line_text(const char *line, const char *key, char *out, size_t size) {
  const char *value = value_of(line, key);
  if (value == NULL || *value != '"') return false;
  size_t length = strcspn(value + 1, "\"\\");
  if (length >= size || value[1 + length] != '"') return false;
  memcpy(out, value + 1, length);
  out[length] = '\0';
  return true;
}

bool line_number(const char *line, const char *key, long *out) {
  const char *value = value_of(line, key);
  if (value == NULL) return false;
  char *end = NULL;
  *out = strtol(value, &end, 10);
  return end != value;
}

bool line_true(const char *line, const char *key) {
  const char *value = value_of(line, key);
  return value != NULL && strncmp(value, "true", 4) == 0;
}
