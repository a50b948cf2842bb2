// What JavaScript sees of a UDP socket. It is read on the event loop of its thread: one call per batch, into memory shared with
// JavaScript.
#include "handles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/** Words per datagram: offset, length, family (4 or 6), port, four words of the peer's address, four of ours. */
#define ENTRY_WORDS 12
#define ENTRIES 512
/** Batches per turn of the event loop. */
#define ROUNDS 4

static const napi_type_tag SOCKET = {0x0f64d2b58a7c4e19, 0xb35e8c17f0a94d62};

/** Belongs to its JavaScript object, and to the event loop until its polls are closed. */
typedef struct {
  unsigned owners;
  napi_env env;
  UdpSocket *udp;
  UdpInbox *inbox;
  uint32_t *entries;
  uv_poll_t polls[UDP_FAMILIES];
  unsigned open_polls;
  bool is_closing;
  napi_async_context context;
  napi_async_cleanup_hook_handle hook;
  /** They keep what belongs to JavaScript for as long as the socket is open. */
  napi_ref self, receive, slab, table;
} Socket;

static void disown(Socket *socket) {
  if (--socket->owners > 0) return;
  udp_release(socket->udp);
  free(socket->inbox);
  free(socket);
}

static void finalize_socket(napi_env env, void *socket, void *hint) {
  (void)env, (void)hint;
  disown(socket);
}

static void delete_reference(napi_env env, napi_ref *reference) {
  if (*reference != NULL) napi_delete_reference(env, *reference);
  *reference = NULL;
}

/** The port is free as soon as no Fanout uses it. */
static void finish(Socket *socket) {
  napi_handle_scope scope = NULL;
  napi_open_handle_scope(socket->env, &scope);
  delete_reference(socket->env, &socket->receive);
  delete_reference(socket->env, &socket->slab);
  delete_reference(socket->env, &socket->table);
  delete_reference(socket->env, &socket->self);
  if (socket->context != NULL) napi_async_destroy(socket->env, socket->context);
  if (socket->hook != NULL) napi_remove_async_cleanup_hook(socket->hook);
  if (scope != NULL) napi_close_handle_scope(socket->env, scope);
  udp_release(socket->udp);
  socket->udp = NULL;
  disown(socket);
}

static void on_closed(uv_handle_t *handle) {
  Socket *socket = handle->data;
  if (--socket->open_polls == 0) finish(socket);
}

static void start_closing(Socket *socket) {
  if (socket->is_closing) return;
  socket->is_closing = true;
  if (socket->open_polls == 0) {
    finish(socket);
    return;
  }
  for (int family = 0; family < UDP_FAMILIES; family += 1)
    if (socket->polls[family].data != NULL) uv_close((uv_handle_t *)&socket->polls[family], on_closed);
}

static void on_exit_of_environment(napi_async_cleanup_hook_handle hook, void *data) {
  (void)hook;
  start_closing(data);
}

static void copy_address(const Address *address, uint32_t *words) {
  memset(words, 0, 4 * sizeof *words);
  if (address->any.sa_family == AF_INET) words[0] = ntohl(address->v4.sin_addr.s_addr);
  if (address->any.sa_family != AF_INET6) return;
  for (int at = 0; at < 4; at += 1) {
    uint32_t word = 0;
    memcpy(&word, address->v6.sin6_addr.s6_addr + 4 * at, sizeof word);
    words[at] = ntohl(word);
  }
}

/** Tells JavaScript how many datagrams there are. What it throws is an uncaught exception. */
static void deliver(Socket *socket, uint32_t count) {
  napi_env env = socket->env;
  napi_value self = NULL, receive = NULL, argument = NULL;
  if (napi_get_reference_value(env, socket->self, &self) != napi_ok ||
      napi_get_reference_value(env, socket->receive, &receive) != napi_ok ||
      napi_create_uint32(env, count, &argument) != napi_ok)
    return;
  if (napi_make_callback(env, socket->context, self, receive, 1, &argument, NULL) != napi_pending_exception) return;
  napi_value error = NULL;
  if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
}

static void deliver_all(Socket *socket) {
  UdpDatagram datagram;
  uint32_t count = 0;
  while (!socket->is_closing && udp_next(socket->inbox, &datagram)) {
    const bool is_v6 = address_family(&datagram.from) == UDP_V6;
    uint32_t *entry = socket->entries + count * ENTRY_WORDS;
    entry[0] = (uint32_t)datagram.offset;
    entry[1] = (uint32_t)datagram.length;
    entry[2] = is_v6 ? 6 : 4;
    entry[3] = ntohs(is_v6 ? datagram.from.v6.sin6_port : datagram.from.v4.sin_port);
    copy_address(&datagram.from, entry + 4);
    copy_address(&datagram.to, entry + 8);
    count += 1;
    if (count < ENTRIES) continue;
    deliver(socket, count);
    count = 0;
  }
  if (count > 0 && !socket->is_closing) deliver(socket, count);
}

static void on_readable(uv_poll_t *poll, int status, int events) {
  (void)events;
  Socket *socket = poll->data;
  // The port of a peer is closed: receiving takes that error away, and libuv has stopped.
  if (status < 0 && uv_poll_start(poll, UV_READABLE, on_readable) != 0) return;
  const int fd = socket->udp->fd[poll == &socket->polls[UDP_V4] ? UDP_V4 : UDP_V6];
  napi_handle_scope scope = NULL;
  for (int round = 0; round < ROUNDS && !socket->is_closing; round += 1) {
    const int received = udp_receive(socket->inbox, fd);
    if (received <= 0 || napi_open_handle_scope(socket->env, &scope) != napi_ok) return;
    deliver_all(socket);
    napi_close_handle_scope(socket->env, scope);
    if (received < UDP_MESSAGES_IN) return;
  }
}

static napi_value throw_errno(napi_env env, const char *what, int error) {
  char message[128];
  const int code = uv_translate_sys_error(error);
  snprintf(message, sizeof message, "%s: %s", what, uv_strerror(code));
  return throw_error(env, uv_err_name(code), message);
}

/** Everything that can fail between an open socket and one that JavaScript holds. */
static bool start(napi_env env, Socket *socket, napi_value *arguments) {
  napi_value name = NULL;
  uv_loop_t *loop = NULL;
  if (napi_create_string_utf8(env, "UdpSocket", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_get_uv_event_loop(env, &loop) != napi_ok || napi_async_init(env, NULL, name, &socket->context) != napi_ok ||
      napi_create_reference(env, arguments[2], 1, &socket->slab) != napi_ok ||
      napi_create_reference(env, arguments[3], 1, &socket->table) != napi_ok ||
      napi_create_reference(env, arguments[4], 1, &socket->receive) != napi_ok ||
      napi_add_async_cleanup_hook(env, on_exit_of_environment, socket, &socket->hook) != napi_ok)
    return false;
  for (int family = 0; family < UDP_FAMILIES; family += 1) {
    if (socket->udp->fd[family] < 0) continue;
    uv_poll_t *poll = &socket->polls[family];
    if (uv_poll_init(loop, poll, socket->udp->fd[family]) != 0) return false;
    poll->data = socket;
    socket->open_polls += 1;
    if (uv_poll_start(poll, UV_READABLE, on_readable) != 0) return false;
  }
  return true;
}

/** Reads an address without allocating. */
static bool get_text(napi_env env, napi_value value, char text[ADDRESS_TEXT_MOST + 2]) {
  size_t length = 0;
  return napi_get_value_string_latin1(env, value, text, ADDRESS_TEXT_MOST + 2, &length) == napi_ok &&
         length <= ADDRESS_TEXT_MOST;
}

bool get_address(napi_env env, napi_value text, napi_value port, Address *address) {
  char copy[ADDRESS_TEXT_MOST + 2];
  int64_t number = 0;
  if (!get_integer(env, port, 1, UINT16_MAX, &number)) return false;
  if (get_text(env, text, copy) && address_parse(copy, (uint16_t)number, address)) return true;
  throw_error(env, "ERR_INVALID_ARG_VALUE", "an IP address is expected");
  return false;
}

/** AF_UNSPEC: the text is empty. */
static bool get_peer(napi_env env, napi_value text, napi_value port, Address *address) {
  size_t length = 0;
  memset(address, 0, sizeof *address);
  if (napi_get_value_string_latin1(env, text, NULL, 0, &length) == napi_ok && length == 0) return true;
  return get_address(env, text, port, address);
}

/**
 * (address, port, slab, table, receive, peer's address, its port): a socket. `receive(count)` finds `count` datagrams in `table`, and
 * their bytes in `slab`. An empty address: no peer.
 */
static napi_value bind_socket(napi_env env, napi_callback_info info) {
  napi_value arguments[7];
  napi_valuetype type = napi_undefined;
  int64_t port = 0;
  Bytes slab, table;
  Address peer;
  char *text = NULL;
  if (!get_arguments(env, info, 7, arguments) || !get_integer(env, arguments[1], 0, UINT16_MAX, &port) ||
      !get_bytes(env, arguments[2], UDP_MESSAGES_IN * UDP_MESSAGE_MOST, SIZE_MAX, &slab) ||
      !get_bytes(env, arguments[3], ENTRIES * ENTRY_WORDS * sizeof(uint32_t), SIZE_MAX, &table))
    return NULL;
  if (napi_typeof(env, arguments[4], &type) != napi_ok || type != napi_function ||
      (uintptr_t)table.data % sizeof(uint32_t) != 0)
    return throw_error(env, "ERR_INVALID_ARG_VALUE", "a function and an aligned table are expected");
  if (!get_peer(env, arguments[5], arguments[6], &peer) || !get_string(env, arguments[0], ADDRESS_TEXT_MOST, &text))
    return NULL;
  const bool has_peer = peer.any.sa_family != AF_UNSPEC;
  UdpSocket *udp = NULL;
  const int error = udp_open(text, (uint16_t)port, has_peer ? &peer : NULL, &udp);
  free(text);
  if (error != 0) return throw_errno(env, "cannot bind", error);

  Socket *socket = calloc(1, sizeof *socket);
  if (socket == NULL || (socket->inbox = udp_inbox_create(slab.data)) == NULL) {
    udp_release(udp);
    free(socket);
    return throw_errno(env, "cannot bind", ENOMEM);
  }
  socket->owners = 1;
  socket->env = env;
  socket->udp = udp;
  socket->entries = (uint32_t *)(void *)table.data;
  napi_value object = wrap_pointer(env, socket, finalize_socket, &SOCKET);
  if (object == NULL) {
    disown(socket);
    return NULL;
  }
  socket->owners = 2;
  if (napi_create_reference(env, object, 1, &socket->self) == napi_ok && start(env, socket, arguments)) return object;
  throw_napi(env);
  start_closing(socket);
  return NULL;
}

static Socket *unwrap(napi_env env, napi_value value) {
  Socket *socket = unwrap_pointer(env, value, &SOCKET);
  if (socket == NULL || !socket->is_closing) return socket;
  throw_error(env, "ERR_SOCKET_CLOSED", "the socket is closed");
  return NULL;
}

UdpSocket *unwrap_socket(napi_env env, napi_value value) {
  Socket *socket = unwrap(env, value);
  return socket == NULL ? NULL : socket->udp;
}

static napi_value port_of(napi_env env, napi_callback_info info) {
  napi_value arguments[1], port = NULL;
  if (!get_arguments(env, info, 1, arguments)) return NULL;
  const UdpSocket *udp = unwrap_socket(env, arguments[0]);
  if (udp == NULL) return NULL;
  TRY(env, napi_create_uint32(env, udp->port, &port));
  return port;
}

bool get_source(napi_env env, napi_value text, Address *address) {
  char copy[ADDRESS_TEXT_MOST + 2];
  memset(address, 0, sizeof *address);
  if (get_text(env, text, copy) && (copy[0] == 0 || address_parse(copy, 0, address))) return true;
  throw_error(env, "ERR_INVALID_ARG_VALUE", "an IP address or nothing is expected");
  return false;
}

/** (socket, datagram, address, port, from): the name of the error, or null. */
static napi_value send_datagram(napi_env env, napi_callback_info info) {
  napi_value arguments[5], result = NULL;
  Bytes datagram;
  Address to, from;
  if (!get_arguments(env, info, 5, arguments)) return NULL;
  const UdpSocket *udp = unwrap_socket(env, arguments[0]);
  if (udp == NULL || !get_bytes(env, arguments[1], 0, UDP_MESSAGE_MOST, &datagram) ||
      !get_address(env, arguments[2], arguments[3], &to) || !get_source(env, arguments[4], &from))
    return NULL;
  const int error = udp_send(udp, datagram.data, datagram.length, &to, &from);
  if (error == 0) {
    TRY(env, napi_get_null(env, &result));
  } else {
    TRY(env, napi_create_string_latin1(env, uv_err_name(uv_translate_sys_error(error)), NAPI_AUTO_LENGTH, &result));
  }
  return result;
}

/** (family, word, word, word, word): an address of the table as text. */
static napi_value address_text(napi_env env, napi_callback_info info) {
  napi_value arguments[5], result = NULL;
  int64_t family = 0, word[4];
  if (!get_arguments(env, info, 5, arguments) || !get_integer(env, arguments[0], 4, 6, &family)) return NULL;
  for (int at = 0; at < 4; at += 1)
    if (!get_integer(env, arguments[1 + at], 0, UINT32_MAX, &word[at])) return NULL;
  char text[INET6_ADDRSTRLEN] = "";
  uint32_t words[4];
  for (int at = 0; at < 4; at += 1) words[at] = htonl((uint32_t)word[at]);
  uv_inet_ntop(family == 6 ? AF_INET6 : AF_INET, words, text, sizeof text);
  TRY(env, napi_create_string_latin1(env, text, NAPI_AUTO_LENGTH, &result));
  return result;
}

/** (socket) */
static napi_value close_socket(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!get_arguments(env, info, 1, arguments)) return NULL;
  Socket *socket = unwrap(env, arguments[0]);
  if (socket != NULL) start_closing(socket);
  return NULL;
}

bool register_socket(napi_env env, napi_value exports) {
  return set_function(env, exports, "socketBind", bind_socket) && set_function(env, exports, "socketPort", port_of) &&
         set_function(env, exports, "socketSend", send_datagram) &&
         set_function(env, exports, "socketAddressText", address_text) &&
         set_function(env, exports, "socketClose", close_socket);
}
