"""A viewer on GStreamer's webrtcbin: signals and commands on stdin, signals and facts on stdout, a JSON object a line (facts.ts)."""

import json
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

LABELS = ("mouse", "keyboard", "controllers")
H264 = "application/x-rtp,media=video,encoding-name=H264,payload=96,clock-rate=90000,packetization-mode=(string)1,profile-level-id=(string)42e01f"
OPUS = "application/x-rtp,media=audio,encoding-name=OPUS,payload=111,clock-rate=48000,encoding-params=(string)2"
DECODERS = {
    "video": "queue ! rtph264depay ! h264parse ! avdec_h264 ! fakesink name=sink sync=false signal-handoffs=true",
    "audio": "queue ! fakesink name=sink sync=false signal-handoffs=true",
}


class Viewer:
    def __init__(self):
        self.lock = threading.Lock()
        self.counts = {"video": 0, "audio": 0}
        self.channels = {}
        self.early = []
        self.is_described = False
        self.pipeline = Gst.Pipeline.new(None)
        self.bin = Gst.ElementFactory.make("webrtcbin")
        self.bin.set_property("bundle-policy", "max-bundle")
        self.pipeline.add(self.bin)
        self.bin.connect("pad-added", self.on_pad)
        self.bin.connect("on-ice-candidate", self.on_candidate)
        self.pipeline.set_state(Gst.State.PLAYING)

    def tell(self, what):
        # Candidates come from another thread.
        with self.lock:
            print(json.dumps(what), flush=True)

    def on_candidate(self, _, index, candidate):
        self.tell({"AddIceCandidate": {"candidate": candidate, "sdp_mid": None, "sdp_mline_index": index}})

    def on_pad(self, _, pad):
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        media = pad.get_current_caps().get_structure(0).get_string("media")
        decoder = Gst.parse_bin_from_description(DECODERS[media], True)
        decoder.get_by_name("sink").connect("handoff", lambda *_: self.count(media))
        self.pipeline.add(decoder)
        decoder.sync_state_with_parent()
        pad.link(decoder.get_static_pad("sink"))

    def count(self, media):
        self.counts[media] += 1

    def create_channels(self):
        for label in LABELS:
            self.channels[label] = self.bin.emit("create-data-channel", label, None)

    def describe(self, kind):
        promise = Gst.Promise.new()
        self.bin.emit(f"create-{kind}", None, promise)
        promise.wait()
        # The description goes with it.
        reply = promise.get_reply()
        description = reply.get_value(kind)
        text = description.sdp.as_text()
        done = Gst.Promise.new()
        self.bin.emit("set-local-description", description, done)
        done.wait()
        self.tell({"Description": {"ty": kind, "sdp": text}})

    def receive(self, message):
        if "Begin" in message:
            if message["Begin"]["offerer"] == "viewer":
                for caps in (H264, OPUS):
                    direction = GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY
                    self.bin.emit("add-transceiver", direction, Gst.Caps.from_string(caps))
                self.create_channels()
                self.describe("offer")
        elif "Description" in message:
            self.receive_description(**message["Description"])
        elif "AddIceCandidate" in message:
            self.early.append(message["AddIceCandidate"])
            if self.is_described:
                self.add_candidates()
        elif "Send" in message:
            data = GLib.Bytes.new(bytes.fromhex(message["Send"]["hex"]))
            self.channels[message["Send"]["label"]].emit("send-data", data)

    def receive_description(self, ty, sdp):
        state = self.bin.get_property("signaling-state")
        if ty == "offer" and state == GstWebRTC.WebRTCSignalingState.HAVE_LOCAL_OFFER:
            return
        if ty == "offer" and not self.channels:
            self.create_channels()
        _, parsed = GstSdp.SDPMessage.new_from_text(sdp)
        kind = GstWebRTC.WebRTCSDPType.OFFER if ty == "offer" else GstWebRTC.WebRTCSDPType.ANSWER
        done = Gst.Promise.new()
        self.bin.emit("set-remote-description", GstWebRTC.WebRTCSessionDescription.new(kind, parsed), done)
        done.wait()
        self.is_described = True
        self.add_candidates()
        if ty == "offer":
            self.describe("answer")

    def add_candidates(self):
        for init in self.early:
            self.bin.emit("add-ice-candidate", init["sdp_mline_index"] or 0, init["candidate"])
        self.early = []

    def path(self):
        promise = Gst.Promise.new()
        self.bin.emit("get-stats", None, promise)
        promise.wait()
        stats = promise.get_reply()
        entries = [stats.get_value(stats.nth_field_name(i)) for i in range(stats.n_fields())]
        entries = [entry for entry in entries if isinstance(entry, Gst.Structure)]
        pair = next((entry for entry in entries if "candidate-pair" in entry.get_name()), None)
        if pair is None:
            return None
        local, remote = (
            next(e for e in entries if e.get_string("id") == pair.get_string(f"{side}-candidate-id"))
            for side in ("local", "remote")
        )
        return {"protocol": local.get_string("protocol"), "address": remote.get_string("address")}

    def facts(self):
        state = self.bin.get_property("connection-state").value_nick
        opened = [
            label
            for label, channel in self.channels.items()
            if channel.get_property("ready-state") == GstWebRTC.WebRTCDataChannelState.OPEN
        ]
        path = self.path() if state == "connected" else None
        return {"state": state, "path": path, "frames": self.counts["video"], "sound": self.counts["audio"], "open": opened}


def main():
    Gst.init(None)
    viewer = Viewer()
    loop = GLib.MainLoop()

    def tell_facts():
        viewer.tell({"Facts": viewer.facts()})
        return True

    def read(source, _):
        line = source.readline()
        if not line:
            loop.quit()
            return False
        try:
            viewer.receive(json.loads(line))
        except Exception as error:
            viewer.tell({"Failed": repr(error)})
        return True

    GLib.timeout_add(100, tell_facts)
    # Unbuffered: a line that waits in a buffer would not wake the loop.
    GLib.io_add_watch(open(sys.stdin.fileno(), "rb", 0), GLib.IO_IN | GLib.IO_HUP, read)
    loop.run()


main()
