#include "stun.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "bytes.h"

enum { HEADER = 20, INTEGRITY = 20, ATTRIBUTE = 4 };
enum { BINDING_REQUEST = 0x0001, BINDING_SUCCESS = 0x0101, BINDING_ERROR = 0x0111 };
enum {
  USERNAME = 0x0006,
  MESSAGE_INTEGRITY = 0x0008,
  XOR_MAPPED_ADDRESS = 0x0020,
  PRIORITY = 0x0024,
  USE_CANDIDATE = 0x0025,
  FINGERPRINT = 0x8028,
  ICE_CONTROLLED = 0x8029,
  ICE_CONTROLLING = 0x802a,
};
static const uint32_t COOKIE = 0x2112a442;
static const uint32_t FINGERPRINT_XOR = 0x5354554e;
/* Of a peer-reflexive candidate, the only component (RFC 8445 §5.1.2.1). */
static const uint32_t PEER_REFLEXIVE = 110u << 24 | 65535u << 8 | 255u;

static uint32_t crc32_of(const uint8_t *bytes, size_t length) {
  uint32_t crc = 0xffffffff;
  for (size_t at = 0; at < length; at += 1) {
    crc ^= bytes[at];
    for (int bit = 0; bit < 8; bit += 1) crc = crc >> 1 ^ (0xedb88320 & (0 - (crc & 1)));
  }
  return ~crc;
}

/* With the length field as if the message ended with this attribute (RFC 8489 §14.5). */
static bool integrity(const uint8_t *message, size_t before, const char *password, uint8_t *digest) {
  uint8_t copy[65536];
  if (before > sizeof copy) return false;
  memcpy(copy, message, before);
  write16(copy + 2, (uint16_t)(before - HEADER + ATTRIBUTE + INTEGRITY));
  unsigned length = 0;
  return HMAC(EVP_sha1(), password, (int)strlen(password), copy, before, digest, &length) != NULL;
}

typedef struct {
  uint8_t *bytes;
  size_t length;
} Writer;

static void begin(Writer *writer, uint16_t type, const uint8_t *transaction) {
  write16(writer->bytes, type);
  write32(writer->bytes + 4, COOKIE);
  memcpy(writer->bytes + 8, transaction, STUN_TRANSACTION);
  writer->length = HEADER;
}

static void attribute(Writer *writer, uint16_t type, const void *value, size_t length) {
  uint8_t *at = writer->bytes + writer->length;
  size_t padded = (length + 3) & ~(size_t)3;
  write16(at, type);
  write16(at + 2, (uint16_t)length);
  memset(at + ATTRIBUTE, 0, padded);
  if (length > 0) memcpy(at + ATTRIBUTE, value, length);
  writer->length += ATTRIBUTE + padded;
}

static size_t finish(Writer *writer, const char *password) {
  uint8_t digest[EVP_MAX_MD_SIZE];
  if (!integrity(writer->bytes, writer->length, password, digest)) return 0;
  attribute(writer, MESSAGE_INTEGRITY, digest, INTEGRITY);
  write16(writer->bytes + 2, (uint16_t)(writer->length - HEADER + ATTRIBUTE + 4));
  uint8_t crc[4];
  write32(crc, crc32_of(writer->bytes, writer->length) ^ FINGERPRINT_XOR);
  attribute(writer, FINGERPRINT, crc, sizeof crc);
  return writer->length;
}

size_t stun_request(const StunRequest *request, uint8_t *out) {
  size_t username = strlen(request->username);
  if (username > STUN_LONGEST_TEXT || strlen(request->password) > STUN_LONGEST_TEXT) return 0;
  Writer writer = {.bytes = out};
  begin(&writer, BINDING_REQUEST, request->transaction);
  attribute(&writer, USERNAME, request->username, username);
  uint8_t priority[4];
  write32(priority, PEER_REFLEXIVE);
  attribute(&writer, PRIORITY, priority, sizeof priority);
  uint8_t tie_breaker[8];
  write32(tie_breaker, (uint32_t)(request->tie_breaker >> 32));
  write32(tie_breaker + 4, (uint32_t)request->tie_breaker);
  attribute(&writer, request->is_controlling ? ICE_CONTROLLING : ICE_CONTROLLED, tie_breaker, sizeof tie_breaker);
  if (request->is_controlling) attribute(&writer, USE_CANDIDATE, NULL, 0);
  return finish(&writer, request->password);
}

size_t stun_success(const uint8_t *transaction, const struct sockaddr_in *mapped, const char *password, uint8_t *out) {
  Writer writer = {.bytes = out};
  begin(&writer, BINDING_SUCCESS, transaction);
  uint8_t address[8] = {0, 1};
  write16(address + 2, ntohs(mapped->sin_port) ^ (uint16_t)(COOKIE >> 16));
  write32(address + 4, ntohl(mapped->sin_addr.s_addr) ^ COOKIE);
  attribute(&writer, XOR_MAPPED_ADDRESS, address, sizeof address);
  return finish(&writer, password);
}

bool stun_is_request(const uint8_t *packet, size_t length) { return length >= HEADER && read16(packet) == BINDING_REQUEST; }

static StunKind kind_of(uint16_t type) {
  if (type == BINDING_REQUEST) return STUN_REQUEST;
  if (type == BINDING_SUCCESS) return STUN_SUCCESS;
  return type == BINDING_ERROR ? STUN_ERROR : STUN_OTHER;
}

bool stun_parse(const uint8_t *packet, size_t length, const char *username, const char *password, StunMessage *message) {
  if (length < HEADER || read32(packet + 4) != COOKIE || read16(packet + 2) != length - HEADER) return false;
  message->kind = kind_of(read16(packet));
  message->nominates = false;
  memcpy(message->transaction, packet + 8, STUN_TRANSACTION);
  bool is_ours = message->kind != STUN_REQUEST;
  for (size_t at = HEADER; length - at >= ATTRIBUTE;) {
    uint16_t type = read16(packet + at);
    size_t value_bytes = read16(packet + at + 2);
    const uint8_t *value = packet + at + ATTRIBUTE;
    size_t padded = (value_bytes + 3) & ~(size_t)3;
    if (padded > length - at - ATTRIBUTE) return false;
    if (type == MESSAGE_INTEGRITY) {
      uint8_t digest[EVP_MAX_MD_SIZE];
      // What follows it is not protected.
      return is_ours && value_bytes == INTEGRITY && integrity(packet, at, password, digest) &&
             CRYPTO_memcmp(value, digest, INTEGRITY) == 0;
    }
    size_t name = strlen(username);
    // Some repeat it in responses.
    if (type == USERNAME && message->kind == STUN_REQUEST)
      is_ours = value_bytes > name && memcmp(value, username, name) == 0 && value[name] == ':';
    if (type == USE_CANDIDATE) message->nominates = true;
    at += ATTRIBUTE + padded;
  }
  return message->kind == STUN_ERROR;
}
