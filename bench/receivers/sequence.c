#include "sequence.h"

#include <string.h>

enum { ASK_TIMES = 5, ASK_AGAIN_US = 50000 };

void sequence_begin(SequenceState *state, uint32_t ssrc, uint16_t sequence) {
  memset(state, 0, sizeof *state);
  state->ssrc = ssrc;
  // One rollover in hand, for what comes late.
  state->first = state->highest = 0x10000u + sequence;
  state->received = 1;
}

static void remove_missing(SequenceState *state, size_t index) {
  state->missing_count -= 1;
  memmove(&state->missing[index], &state->missing[index + 1], (state->missing_count - index) * sizeof *state->missing);
}

void sequence_receive(SequenceState *state, uint16_t sequence, int64_t now) {
  state->received += 1;
  int16_t ahead = (int16_t)(sequence - (uint16_t)state->highest);
  if (ahead <= 0) {
    for (size_t index = 0; index < state->missing_count; index += 1) {
      if (state->missing[index].sequence != sequence) continue;
      remove_missing(state, index);
      state->recovered += 1;
      return;
    }
    return;
  }
  // A long gap is not worth repairing.
  for (int16_t step = 1; step < ahead && state->missing_count < MISSING_MOST; step += 1)
    state->missing[state->missing_count++] =
        (Missing){.sequence = (uint16_t)(state->highest + (uint32_t)step), .ask_at = now};
  state->highest += (uint32_t)ahead;
}

uint64_t sequence_expected(const SequenceState *state) { return (uint64_t)state->highest - state->first + 1; }

int64_t sequence_lost(const SequenceState *state) {
  return (int64_t)sequence_expected(state) - (int64_t)state->received;
}

size_t sequence_due(SequenceState *state, int64_t now, uint16_t *out, size_t room) {
  size_t count = 0;
  for (size_t index = 0; index < state->missing_count && count < room;) {
    Missing *missing = &state->missing[index];
    if (missing->ask_at > now) {
      index += 1;
    } else if (missing->asked == ASK_TIMES) {
      remove_missing(state, index);
    } else {
      missing->asked += 1;
      missing->ask_at = now + ASK_AGAIN_US;
      out[count++] = missing->sequence;
      index += 1;
    }
  }
  state->nacked += count;
  return count;
}
