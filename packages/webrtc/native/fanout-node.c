// What JavaScript sees of a Fanout.
#include "fanout.h"

#include "handles.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/** Of each viewer of a call: handle, payload type, SSRC, sequence number, extension, extension of TWCC, number of TWCC. */
#define VIEWER_WORDS 7
#define REPORTS 64
#define RESENDS_MOST 1024

static const napi_type_tag FANOUT = {0x7d3a91c6e05f4b82, 0x9c14fe6b2d8073a5};

/** Belongs to its JavaScript object, and to the event loop until `async` is closed. */
typedef struct FanoutObject {
  unsigned owners;
  napi_env env;
  Fanout *fanout;
  uv_async_t async;
  napi_async_context context;
  napi_async_cleanup_hook_handle hook;
  napi_ref self, report;
  /** All that run, for the end of the process. */
  struct FanoutObject *next;
} FanoutObject;

// OpenSSL cleans up when the process exits, and no thread may use it then.
static pthread_mutex_t running_lock = PTHREAD_MUTEX_INITIALIZER;
static FanoutObject *running;

static void stop_all(void) {
  pthread_mutex_lock(&running_lock);
  for (FanoutObject *object = running; object != NULL; object = object->next) fanout_stop(object->fanout);
  pthread_mutex_unlock(&running_lock);
}

static void register_stop_all(void) { atexit(stop_all); }

static void add_running(FanoutObject *object) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, register_stop_all);
  pthread_mutex_lock(&running_lock);
  object->next = running;
  running = object;
  pthread_mutex_unlock(&running_lock);
}

static void remove_running(FanoutObject *object) {
  pthread_mutex_lock(&running_lock);
  for (FanoutObject **link = &running; *link != NULL; link = &(*link)->next) {
    if (*link != object) continue;
    *link = object->next;
    break;
  }
  pthread_mutex_unlock(&running_lock);
}

static void disown(FanoutObject *object) {
  if (--object->owners == 0) free(object);
}

static void finalize_fanout(napi_env env, void *object, void *hint) {
  (void)env, (void)hint;
  disown(object);
}

static void delete_reference(napi_env env, napi_ref *reference) {
  if (*reference != NULL) napi_delete_reference(env, *reference);
  *reference = NULL;
}

static void on_closed(uv_handle_t *handle) {
  FanoutObject *object = handle->data;
  napi_handle_scope scope = NULL;
  napi_open_handle_scope(object->env, &scope);
  delete_reference(object->env, &object->report);
  delete_reference(object->env, &object->self);
  if (object->context != NULL) napi_async_destroy(object->env, object->context);
  if (object->hook != NULL) napi_remove_async_cleanup_hook(object->hook);
  if (scope != NULL) napi_close_handle_scope(object->env, scope);
  disown(object);
}

static void close_object(FanoutObject *object) {
  if (object->fanout == NULL) return;
  remove_running(object);
  fanout_destroy(object->fanout);
  object->fanout = NULL;
  uv_close((uv_handle_t *)&object->async, on_closed);
}

static void on_exit_of_environment(napi_async_cleanup_hook_handle hook, void *data) {
  (void)hook;
  close_object(data);
}

/** On the thread. */
static void notify(void *data) { uv_async_send(&((FanoutObject *)data)->async); }

/** Calls back for one viewer. What that throws is an uncaught exception. */
static void deliver(FanoutObject *object, const FanoutReport *report) {
  napi_env env = object->env;
  const uint32_t numbers[4] = {report->handle, report->full, report->too_large, report->unreachable};
  napi_value self = NULL, function = NULL, arguments[4];
  if (napi_get_reference_value(env, object->self, &self) != napi_ok ||
      napi_get_reference_value(env, object->report, &function) != napi_ok)
    return;
  for (int at = 0; at < 4; at += 1)
    if (napi_create_uint32(env, numbers[at], &arguments[at]) != napi_ok) return;
  if (napi_make_callback(env, object->context, self, function, 4, arguments, NULL) != napi_pending_exception) return;
  napi_value error = NULL;
  if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
}

static void on_report(uv_async_t *async) {
  FanoutObject *object = async->data;
  napi_handle_scope scope = NULL;
  FanoutReport reports[REPORTS];
  for (size_t count = REPORTS; count == REPORTS && object->fanout != NULL;) {
    count = fanout_reports(object->fanout, reports, REPORTS);
    if (napi_open_handle_scope(object->env, &scope) != napi_ok) return;
    for (size_t at = 0; at < count && object->fanout != NULL; at += 1) deliver(object, &reports[at]);
    napi_close_handle_scope(object->env, scope);
  }
}

static FanoutObject *unwrap(napi_env env, napi_value value) {
  FanoutObject *object = unwrap_pointer(env, value, &FANOUT);
  if (object == NULL || object->fanout != NULL) return object;
  throw_error(env, "ERR_FANOUT_CLOSED", "the fan-out is closed");
  return NULL;
}

/** (socket, report): a fan-out. `report(handle, full, tooLarge, unreachable)` */
static napi_value create(napi_env env, napi_callback_info info) {
  napi_value arguments[2], name = NULL;
  napi_valuetype type = napi_undefined;
  uv_loop_t *loop = NULL;
  if (!get_arguments(env, info, 2, arguments)) return NULL;
  UdpSocket *udp = unwrap_socket(env, arguments[0]);
  if (udp == NULL) return NULL;
  if (napi_typeof(env, arguments[1], &type) != napi_ok || type != napi_function)
    return throw_error(env, "ERR_INVALID_ARG_VALUE", "a function is expected");
  TRY(env, napi_create_string_utf8(env, "RtpFanout", NAPI_AUTO_LENGTH, &name));
  TRY(env, napi_get_uv_event_loop(env, &loop));
  FanoutObject *object = calloc(1, sizeof *object);
  if (object == NULL) return throw_error(env, "ERR_OUT_OF_MEMORY", "out of memory");
  object->owners = 1;
  object->env = env;
  napi_value wrapped = wrap_pointer(env, object, finalize_fanout, &FANOUT);
  if (wrapped == NULL) {
    free(object);
    return NULL;
  }
  if (uv_async_init(loop, &object->async, on_report) != 0) return throw_error(env, "ERR_FANOUT", "no event loop");
  object->owners = 2;
  object->async.data = object;
  // Alone it does not keep the process alive: the socket does.
  uv_unref((uv_handle_t *)&object->async);
  object->fanout = fanout_create(udp, notify, object);
  if (object->fanout == NULL) {
    uv_close((uv_handle_t *)&object->async, on_closed);
    return throw_error(env, "ERR_FANOUT", "no thread can be started");
  }
  add_running(object);
  if (napi_create_reference(env, wrapped, 1, &object->self) == napi_ok &&
      napi_create_reference(env, arguments[1], 1, &object->report) == napi_ok &&
      napi_async_init(env, NULL, name, &object->context) == napi_ok &&
      napi_add_async_cleanup_hook(env, on_exit_of_environment, object, &object->hook) == napi_ok)
    return wrapped;
  throw_napi(env);
  close_object(object);
  return NULL;
}

static bool get_handle(napi_env env, napi_value value, uint32_t *handle) {
  int64_t number = 0;
  if (!get_integer(env, value, 0, UINT32_MAX, &number)) return false;
  *handle = (uint32_t)number;
  return true;
}

/** (fanout, session, address, port, from): a handle. */
static napi_value add(napi_env env, napi_callback_info info) {
  napi_value arguments[5], result = NULL;
  Address to, from;
  if (!get_arguments(env, info, 5, arguments)) return NULL;
  FanoutObject *object = unwrap(env, arguments[0]);
  SrtpSession *session = object == NULL ? NULL : unwrap_srtp_session(env, arguments[1]);
  if (session == NULL || !get_address(env, arguments[2], arguments[3], &to) || !get_source(env, arguments[4], &from))
    return NULL;
  const uint32_t handle = fanout_add(object->fanout, session, &to, &from);
  if (handle == 0) return throw_error(env, "ERR_FANOUT_FULL", "there are too many viewers");
  TRY(env, napi_create_uint32(env, handle, &result));
  return result;
}

/** (fanout, handle, address, port, from): false if there is no such viewer. */
static napi_value set_path(napi_env env, napi_callback_info info) {
  napi_value arguments[5], result = NULL;
  uint32_t handle = 0;
  Address to, from;
  if (!get_arguments(env, info, 5, arguments)) return NULL;
  FanoutObject *object = unwrap(env, arguments[0]);
  if (object == NULL || !get_handle(env, arguments[1], &handle) ||
      !get_address(env, arguments[2], arguments[3], &to) || !get_source(env, arguments[4], &from))
    return NULL;
  TRY(env, napi_get_boolean(env, fanout_set_path(object->fanout, handle, &to, &from), &result));
  return result;
}

/** (fanout, handle): false if there is no such viewer. */
static napi_value remove_viewer(napi_env env, napi_callback_info info) {
  napi_value arguments[2], result = NULL;
  uint32_t handle = 0;
  if (!get_arguments(env, info, 2, arguments)) return NULL;
  FanoutObject *object = unwrap(env, arguments[0]);
  if (object == NULL || !get_handle(env, arguments[1], &handle)) return NULL;
  TRY(env, napi_get_boolean(env, fanout_remove(object->fanout, handle), &result));
  return result;
}

/** Copies the packets. NULL: an exception is pending. */
static Packets *get_packets(napi_env env, napi_value array) {
  uint32_t count = 0;
  size_t bytes = 0;
  if (napi_get_array_length(env, array, &count) != napi_ok || count == 0 || count > FANOUT_PACKETS_MOST) {
    throw_error(env, "ERR_INVALID_ARG_VALUE", "an array of packets is expected");
    return NULL;
  }
  Packets *packets = NULL;
  // First their sizes, then the packets. Nothing of JavaScript runs in between, and packets_add checks again.
  for (int round = 0; round < 2; round += 1) {
    for (uint32_t at = 0; at < count; at += 1) {
      napi_handle_scope scope = NULL;
      napi_value element = NULL;
      Bytes packet = {0};
      if (napi_open_handle_scope(env, &scope) != napi_ok) break;
      const bool is_valid = napi_get_element(env, array, at, &element) == napi_ok &&
                            get_bytes(env, element, 1, FANOUT_PACKET_MOST, &packet) &&
                            (round == 0 || packets_add(packets, packet.data, packet.length));
      napi_close_handle_scope(env, scope);
      bytes += packet.length;
      if (is_valid) continue;
      throw_error(env, "ERR_INVALID_ARG_VALUE", "a packet has no header that viewers can share");
      packets_release(packets);
      return NULL;
    }
    if (round == 0 && (packets = packets_create(count, bytes)) == NULL) {
      throw_error(env, "ERR_OUT_OF_MEMORY", "out of memory");
      return NULL;
    }
  }
  return packets;
}

/** False: an exception is pending. */
static bool get_viewer(napi_env env, const uint8_t *words, FanoutViewer *viewer) {
  uint32_t word[VIEWER_WORDS];
  memcpy(word, words, sizeof word);
  // An extension has an id from 1 to 14, and no two are alike.
  if (word[1] > 127 || word[3] > UINT16_MAX || word[4] < 1 || word[4] > 14 || word[5] > 14 || word[5] == word[4] ||
      word[6] > UINT16_MAX) {
    throw_error(env, "ERR_INVALID_ARG_VALUE", "a viewer with impossible numbers");
    return false;
  }
  *viewer = (FanoutViewer){.handle = word[0],
                           .payload_type = (uint8_t)word[1],
                           .ssrc = word[2],
                           .sequence = (uint16_t)word[3],
                           .extension = (uint8_t)word[4],
                           .twcc_extension = (uint8_t)word[5],
                           .twcc = (uint16_t)word[6]};
  return true;
}

/** (fanout, packets, viewers, keep): to how many it is sent; -1: too much is waiting. */
static napi_value send_packets(napi_env env, napi_callback_info info) {
  napi_value arguments[4], result = NULL;
  Bytes words;
  bool keep = false;
  if (!get_arguments(env, info, 4, arguments)) return NULL;
  FanoutObject *object = unwrap(env, arguments[0]);
  if (object == NULL ||
      !get_bytes(env, arguments[2], 0, FANOUT_SLOTS * VIEWER_WORDS * sizeof(uint32_t), &words))
    return NULL;
  TRY(env, napi_get_value_bool(env, arguments[3], &keep));
  const size_t count = words.length / (VIEWER_WORDS * sizeof(uint32_t));
  if (words.length % (VIEWER_WORDS * sizeof(uint32_t)) != 0)
    return throw_error(env, "ERR_INVALID_ARG_VALUE", "seven words per viewer are expected");
  FanoutViewer viewers[FANOUT_SLOTS];
  for (size_t at = 0; at < count; at += 1)
    if (!get_viewer(env, words.data + at * VIEWER_WORDS * sizeof(uint32_t), &viewers[at])) return NULL;
  Packets *packets = get_packets(env, arguments[1]);
  // Reading an array can run JavaScript.
  if (packets == NULL || object->fanout == NULL) {
    packets_release(packets);
    return NULL;
  }
  const size_t sent = fanout_send(object->fanout, packets, viewers, count, keep);
  packets_release(packets);
  TRY(env, napi_create_int32(env, sent == SIZE_MAX ? -1 : (int32_t)sent, &result));
  return result;
}

/** An `rtx` of no words is none; else payload type, SSRC, sequence number, number of TWCC. */
static bool get_rtx(napi_env env, napi_value value, FanoutRtx *rtx, bool *is_rtx) {
  Bytes bytes;
  uint32_t word[4] = {0};
  if (!get_bytes(env, value, 0, sizeof word, &bytes)) return false;
  *is_rtx = bytes.length == sizeof word;
  if (*is_rtx) memcpy(word, bytes.data, sizeof word);
  if ((!*is_rtx && bytes.length != 0) || word[0] > 127 || word[2] > UINT16_MAX || word[3] > UINT16_MAX) {
    throw_error(env, "ERR_INVALID_ARG_VALUE", "RTX with impossible numbers");
    return false;
  }
  *rtx = (FanoutRtx){
      .payload_type = (uint8_t)word[0], .ssrc = word[1], .sequence = (uint16_t)word[2], .twcc = (uint16_t)word[3]};
  return true;
}

/** (fanout, handle, ssrc, sequences as u16, rtx): how many are sent. */
static napi_value resend(napi_env env, napi_callback_info info) {
  napi_value arguments[5], result = NULL;
  uint32_t handle = 0, ssrc = 0;
  uint16_t sequences[RESENDS_MOST];
  Bytes bytes;
  FanoutRtx rtx;
  bool is_rtx = false;
  if (!get_arguments(env, info, 5, arguments)) return NULL;
  FanoutObject *object = unwrap(env, arguments[0]);
  if (object == NULL || !get_handle(env, arguments[1], &handle) || !get_handle(env, arguments[2], &ssrc) ||
      !get_bytes(env, arguments[3], 0, sizeof sequences, &bytes) || !get_rtx(env, arguments[4], &rtx, &is_rtx))
    return NULL;
  if (bytes.length > 0) memcpy(sequences, bytes.data, bytes.length);
  const size_t sent = fanout_resend(object->fanout, handle, ssrc, sequences, bytes.length / sizeof *sequences,
                                    is_rtx ? &rtx : NULL);
  TRY(env, napi_create_uint32(env, (uint32_t)sent, &result));
  return result;
}

/** (fanout): an object of counters. */
static napi_value stats_of(napi_env env, napi_callback_info info) {
  napi_value arguments[1], result = NULL;
  FanoutStats stats;
  if (!get_arguments(env, info, 1, arguments)) return NULL;
  FanoutObject *object = unwrap(env, arguments[0]);
  if (object == NULL) return NULL;
  fanout_stats(object->fanout, &stats);
  const struct {
    const char *name;
    uint64_t value;
  } counters[] = {{"packets", stats.packets},          {"bytes", stats.bytes},
                  {"segmented", stats.segmented},      {"full", stats.full},
                  {"tooLarge", stats.too_large},       {"unreachable", stats.unreachable},
                  {"stale", stats.stale},              {"overflows", stats.overflows},
                  {"reused", stats.reused}};
  TRY(env, napi_create_object(env, &result));
  for (size_t at = 0; at < sizeof counters / sizeof *counters; at += 1) {
    napi_value value = NULL;
    TRY(env, napi_create_double(env, (double)counters[at].value, &value));
    if (!set_property(env, result, counters[at].name, value)) return NULL;
  }
  return result;
}

/** (fanout) */
static napi_value close_fanout(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!get_arguments(env, info, 1, arguments)) return NULL;
  FanoutObject *object = unwrap(env, arguments[0]);
  if (object != NULL) close_object(object);
  return NULL;
}

bool register_fanout(napi_env env, napi_value exports) {
  return set_function(env, exports, "fanoutCreate", create) && set_function(env, exports, "fanoutAdd", add) &&
         set_function(env, exports, "fanoutSetPath", set_path) &&
         set_function(env, exports, "fanoutRemove", remove_viewer) &&
         set_function(env, exports, "fanoutSend", send_packets) &&
         set_function(env, exports, "fanoutResend", resend) && set_function(env, exports, "fanoutStats", stats_of) &&
         set_function(env, exports, "fanoutClose", close_fanout);
}
