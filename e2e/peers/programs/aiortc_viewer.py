"""A viewer on aiortc: signals and commands on stdin, signals and facts on stdout, a JSON object a line (facts.ts)."""

import asyncio
import json
import sys
import threading

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from aiortc.sdp import candidate_from_sdp

LABELS = ("mouse", "keyboard", "controllers")


class Viewer:
    def __init__(self):
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.channels = {}
        self.frames = 0
        self.sound = 0
        self.tasks = set()
        self.peer.on("track", self.on_track)

    def spawn(self, work):
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def on_track(self, track):
        # Its decoder of sound wants packets of 20 ms, and hosts send shorter ones: they are counted as they come.
        if track.kind == "video":
            self.spawn(self.take(track))

    async def take(self, track):
        while True:
            try:
                await track.recv()
            except MediaStreamError:
                return
            self.frames += 1

    def tell(self, what):
        print(json.dumps(what), flush=True)

    def create_channels(self):
        for label in LABELS:
            self.channels[label] = self.peer.createDataChannel(label)

    async def describe(self, description):
        # It gathers all of its candidates first.
        await self.peer.setLocalDescription(description)
        local = self.peer.localDescription
        self.tell({"Description": {"ty": local.type, "sdp": local.sdp}})

    async def receive(self, message):
        if "Begin" in message:
            if message["Begin"]["offerer"] == "viewer":
                self.peer.addTransceiver("video", direction="recvonly")
                self.peer.addTransceiver("audio", direction="recvonly")
                self.create_channels()
                await self.describe(await self.peer.createOffer())
        elif "Description" in message:
            is_offer = message["Description"]["ty"] == "offer"
            if is_offer and self.peer.signalingState == "have-local-offer":
                return
            if is_offer and not self.channels:
                self.create_channels()
            remote = RTCSessionDescription(message["Description"]["sdp"], message["Description"]["ty"])
            await self.peer.setRemoteDescription(remote)
            if is_offer:
                await self.describe(await self.peer.createAnswer())
        elif "AddIceCandidate" in message:
            init = message["AddIceCandidate"]
            candidate = candidate_from_sdp(init["candidate"].split(":", 1)[1])
            candidate.sdpMid = init["sdp_mid"]
            candidate.sdpMLineIndex = init["sdp_mline_index"]
            await self.peer.addIceCandidate(candidate)
        elif "Send" in message:
            self.channels[message["Send"]["label"]].send(bytes.fromhex(message["Send"]["hex"]))

    def path(self):
        sctp = self.peer.sctp
        if sctp is None or self.peer.connectionState != "connected":
            return None
        pair = sctp.transport.transport._connection._nominated.get(1)
        return pair and {"protocol": pair.local_candidate.transport, "address": pair.remote_candidate.host}

    def facts(self):
        opened = [label for label, channel in self.channels.items() if channel.readyState == "open"]
        return {
            "state": self.peer.connectionState,
            "path": self.path(),
            "frames": self.frames,
            "sound": self.sound,
            "open": opened,
        }

    async def tell_facts(self):
        while True:
            stats = (await self.peer.getStats()).values()
            self.sound = sum(each.packetsReceived for each in stats if each.type == "inbound-rtp" and each.kind == "audio")
            self.tell({"Facts": self.facts()})
            await asyncio.sleep(0.1)


async def main():
    viewer = Viewer()
    viewer.spawn(viewer.tell_facts())
    reader = asyncio.StreamReader(limit=1 << 20)
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    while line := await reader.readline():
        try:
            await viewer.receive(json.loads(line))
        except Exception as error:
            viewer.tell({"Failed": repr(error)})


# Of the decoder of sound, see above.
threading.excepthook = lambda _: None
asyncio.run(main())
