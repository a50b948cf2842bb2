#ifndef BYTES_H
#define BYTES_H

#include <stdint.h>

/* Big-endian numbers. The caller has checked that the bytes are there. */

static inline uint16_t read16(const uint8_t *at) { return (uint16_t)(at[0] << 8 | at[1]); }

static inline uint32_t read32(const uint8_t *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline void write16(uint8_t *at, uint16_t value) {
  at[0] = (uint8_t)(value >> 8);
  at[1] = (uint8_t)value;
}

static inline void write32(uint8_t *at, uint32_t value) {
  write16(at, (uint16_t)(value >> 16));
  write16(at + 2, (uint16_t)value);
}

#endif
