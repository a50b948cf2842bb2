#ifndef CLIP_H
#define CLIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A clip as RTP packets. The file: for each frame u16 packets, for each of them u16 bytes and the bytes; big-endian. */

typedef struct {
  uint8_t *bytes;
  size_t length;
} Packet;

typedef struct {
  Packet *packets;
  size_t count;
} Frame;

typedef struct {
  Frame *frames;
  size_t count;
} Clip;

enum { PACKET_MOST = 1500, FRAME_PACKETS_MOST = 512 };

/* False: it cannot be read, or is malformed. It stays in memory to the end of the process. */
bool clip_read(const char *path, Clip *clip);

#endif
