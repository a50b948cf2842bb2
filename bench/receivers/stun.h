#ifndef STUN_H
#define STUN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* STUN binding requests and responses as ICE uses them (RFC 8489, RFC 8445), with integrity and fingerprint. IPv4. */

enum { STUN_TRANSACTION = 12, STUN_LONGEST = 512, STUN_LONGEST_TEXT = 256 };

typedef enum { STUN_REQUEST, STUN_SUCCESS, STUN_ERROR, STUN_OTHER } StunKind;

typedef struct {
  StunKind kind;
  uint8_t transaction[STUN_TRANSACTION];
  bool nominates;
} StunMessage;

typedef struct {
  const char *username;
  const char *password;
  uint8_t transaction[STUN_TRANSACTION];
  uint64_t tie_breaker;
  bool is_controlling;
} StunRequest;

/* The password is that of the side which answers, for both. Return the length; 0: the texts are too long. `out` holds STUN_LONGEST. */
size_t stun_request(const StunRequest *request, uint8_t *out);
size_t stun_success(const uint8_t *transaction, const struct sockaddr_in *mapped, const char *password, uint8_t *out);

/*
 * False: malformed, or its integrity is not that of this password. `username`: what a request must have as its user name, up to the
 * colon. Errors need no integrity.
 */
bool stun_parse(const uint8_t *packet, size_t length, const char *username, const char *password, StunMessage *message);

/* Whether it is a request: those have our own password. */
bool stun_is_request(const uint8_t *packet, size_t length);

#endif
