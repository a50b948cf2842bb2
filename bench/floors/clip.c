#include "clip.h"

#include <stdio.h>
#include <stdlib.h>

#include "../receivers/bytes.h"
#include "../receivers/srtp.h"

static bool read_number(FILE *file, uint16_t *out) {
  uint8_t bytes[2];
  if (fread(bytes, 1, sizeof bytes, file) != sizeof bytes) return false;
  *out = read16(bytes);
  return true;
}

static bool read_packet(FILE *file, Packet *packet) {
  uint16_t length;
  if (!read_number(file, &length) || length > PACKET_MOST) return false;
  packet->bytes = malloc(length);
  packet->length = length;
  return packet->bytes != NULL && fread(packet->bytes, 1, length, file) == length &&
         rtp_header_bytes(packet->bytes, length) > 0;
}

static bool read_frame(FILE *file, uint16_t count, Frame *frame) {
  if (count == 0 || count > FRAME_PACKETS_MOST) return false;
  frame->packets = calloc(count, sizeof *frame->packets);
  if (frame->packets == NULL) return false;
  for (; frame->count < count; frame->count += 1)
    if (!read_packet(file, &frame->packets[frame->count])) return false;
  return true;
}

bool clip_read(const char *path, Clip *clip) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return false;
  bool ok = true;
  uint16_t count;
  while (ok && read_number(file, &count)) {
    Frame *frames = realloc(clip->frames, (clip->count + 1) * sizeof *frames);
    ok = frames != NULL;
    if (!ok) break;
    clip->frames = frames;
    frames[clip->count] = (Frame){0};
    ok = read_frame(file, count, &frames[clip->count]);
    clip->count += 1;
  }
  ok = ok && feof(file) && clip->count > 0;
  fclose(file);
  return ok;
}
