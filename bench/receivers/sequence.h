#ifndef SEQUENCE_H
#define SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one RTP stream's sequence numbers say: how many packets came, how many are missing, which to ask for again. */

enum { MISSING_MOST = 256 };

typedef struct {
  uint16_t sequence;
  uint8_t asked;
  int64_t ask_at;
} Missing;

typedef struct {
  uint32_t ssrc;
  /* With rollovers. */
  uint32_t first;
  uint32_t highest;
  uint64_t received;
  /* As of the last receiver report. */
  uint64_t reported_expected;
  uint64_t reported_received;
  Missing missing[MISSING_MOST];
  size_t missing_count;
  uint64_t nacked;
  uint64_t recovered;
} SequenceState;

void sequence_begin(SequenceState *state, uint32_t ssrc, uint16_t sequence);
void sequence_receive(SequenceState *state, uint16_t sequence, int64_t now);

uint64_t sequence_expected(const SequenceState *state);
/* Negative if there were duplicates. */
int64_t sequence_lost(const SequenceState *state);

/* Those to ask for now, at most `room`, in order. Each is asked for a few times, then given up. */
size_t sequence_due(SequenceState *state, int64_t now, uint16_t *out, size_t room);

#endif
