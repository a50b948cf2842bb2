// RTP in the clear, counted by reference.
#include "packets.h"

#include <stdlib.h>
#include <string.h>

Packets *packets_create(size_t count, size_t bytes) {
  if (count == 0 || count > FANOUT_PACKETS_MOST || bytes > count * FANOUT_PACKET_MOST) return NULL;
  const size_t head = sizeof(Packets) + (count + 1) * sizeof(uint32_t);
  Packets *packets = malloc(head + bytes);
  if (packets == NULL) return NULL;
  packets->references = 1;
  packets->count = 0;
  packets->room = (uint32_t)count;
  packets->bytes = bytes;
  packets->serial = 0;
  packets->sent_ns = 0;
  packets->data = (uint8_t *)packets + head;
  packets->offsets[0] = 0;
  return packets;
}

bool packets_add(Packets *packets, const uint8_t *data, size_t length) {
  static const uint8_t extension[4] = {0xbe, 0xde, 0, 1};
  const uint32_t at = packets->offsets[packets->count];
  if (packets->count == packets->room || length > packets->bytes - at || length < SHARED_HEADER ||
      length > FANOUT_PACKET_MOST || data[0] != 0x90 || memcmp(data + 12, extension, sizeof extension) != 0)
    return false;
  memcpy(packets->data + at, data, length);
  packets->count += 1;
  packets->offsets[packets->count] = at + (uint32_t)length;
  return true;
}

void packets_retain(Packets *packets) { atomic_fetch_add(&packets->references, 1); }

void packets_release(Packets *packets) {
  if (packets != NULL && atomic_fetch_sub(&packets->references, 1) == 1) free(packets);
}
