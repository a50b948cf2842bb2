// A viewer on Pion: signals and commands on stdin, signals and facts on stdout, a JSON object a line (facts.ts).
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v3"
)

type description struct {
	Ty  string `json:"ty"`
	SDP string `json:"sdp"`
}

type candidate struct {
	Candidate     string  `json:"candidate"`
	SDPMid        *string `json:"sdp_mid"`
	SDPMLineIndex *uint16 `json:"sdp_mline_index"`
}

type message struct {
	Begin           *struct{ Offerer string }
	Description     *description
	AddIceCandidate *candidate
	Send            *struct{ Label, Hex string }
}

type path struct {
	Protocol string `json:"protocol"`
	Address  string `json:"address"`
}

type facts struct {
	State  string   `json:"state"`
	Path   *path    `json:"path"`
	Frames int      `json:"frames"`
	Sound  int      `json:"sound"`
	Open   []string `json:"open"`
}

type viewer struct {
	peer     *webrtc.PeerConnection
	mutex    sync.Mutex
	out      *json.Encoder
	frames   int
	sound    int
	channels map[string]*webrtc.DataChannel
	early    []webrtc.ICECandidateInit
}

func (v *viewer) tell(what any) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	_ = v.out.Encode(what)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "pion:", err)
	os.Exit(1)
}

func (v *viewer) createChannels() error {
	for _, label := range []string{"mouse", "keyboard", "controllers"} {
		channel, err := v.peer.CreateDataChannel(label, nil)
		if err != nil {
			return err
		}
		v.channels[label] = channel
	}
	return nil
}

// describe sends our offer or answer.
func (v *viewer) describe(local webrtc.SessionDescription) error {
	if err := v.peer.SetLocalDescription(local); err != nil {
		return err
	}
	v.tell(map[string]any{"Description": description{local.Type.String(), local.SDP}})
	return nil
}

func (v *viewer) begin() error {
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeVideo, webrtc.RTPCodecTypeAudio} {
		direction := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}
		if _, err := v.peer.AddTransceiverFromKind(kind, direction); err != nil {
			return err
		}
	}
	if err := v.createChannels(); err != nil {
		return err
	}
	offer, err := v.peer.CreateOffer(nil)
	if err != nil {
		return err
	}
	return v.describe(offer)
}

func (v *viewer) receiveDescription(theirs *description) error {
	isOffer := theirs.Ty == "offer"
	if isOffer && v.peer.SignalingState() == webrtc.SignalingStateHaveLocalOffer {
		return nil
	}
	remote := webrtc.SessionDescription{Type: webrtc.NewSDPType(theirs.Ty), SDP: theirs.SDP}
	if isOffer && len(v.channels) == 0 {
		if err := v.createChannels(); err != nil {
			return err
		}
	}
	if err := v.peer.SetRemoteDescription(remote); err != nil {
		return err
	}
	for _, each := range v.early {
		if err := v.peer.AddICECandidate(each); err != nil {
			return err
		}
	}
	v.early = nil
	if !isOffer {
		return nil
	}
	answer, err := v.peer.CreateAnswer(nil)
	if err != nil {
		return err
	}
	return v.describe(answer)
}

func (v *viewer) receive(line []byte) error {
	var what message
	if err := json.Unmarshal(line, &what); err != nil {
		return err
	}
	switch {
	case what.Begin != nil && what.Begin.Offerer == "viewer":
		return v.begin()
	case what.Description != nil:
		return v.receiveDescription(what.Description)
	case what.AddIceCandidate != nil:
		theirs := what.AddIceCandidate
		one := webrtc.ICECandidateInit{Candidate: theirs.Candidate, SDPMid: theirs.SDPMid, SDPMLineIndex: theirs.SDPMLineIndex}
		if v.peer.RemoteDescription() == nil {
			v.early = append(v.early, one)
			return nil
		}
		return v.peer.AddICECandidate(one)
	case what.Send != nil:
		data, err := hex.DecodeString(what.Send.Hex)
		if err != nil {
			return err
		}
		return v.channels[what.Send.Label].Send(data)
	}
	return nil
}

func (v *viewer) take(track *webrtc.TrackRemote) {
	if track.Kind() == webrtc.RTPCodecTypeVideo {
		_ = v.peer.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: uint32(track.SSRC())}})
	}
	for {
		packet, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		v.mutex.Lock()
		if track.Kind() == webrtc.RTPCodecTypeAudio {
			v.sound++
		} else if packet.Marker {
			v.frames++
		}
		v.mutex.Unlock()
	}
}

func (v *viewer) facts() facts {
	now := facts{State: v.peer.ConnectionState().String(), Open: []string{}}
	if sctp := v.peer.SCTP(); sctp != nil && now.State == "connected" {
		if pair, err := sctp.Transport().ICETransport().GetSelectedCandidatePair(); err == nil && pair != nil {
			now.Path = &path{pair.Local.Protocol.String(), pair.Remote.Address}
		}
	}
	for label, channel := range v.channels {
		if channel.ReadyState() == webrtc.DataChannelStateOpen {
			now.Open = append(now.Open, label)
		}
	}
	v.mutex.Lock()
	defer v.mutex.Unlock()
	now.Frames, now.Sound = v.frames, v.sound
	return now
}

func main() {
	peer, err := webrtc.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		fail(err)
	}
	v := &viewer{peer: peer, out: json.NewEncoder(os.Stdout), channels: map[string]*webrtc.DataChannel{}}
	peer.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { v.take(track) })
	peer.OnICECandidate(func(own *webrtc.ICECandidate) {
		if own == nil {
			return
		}
		init := own.ToJSON()
		v.tell(map[string]any{"AddIceCandidate": candidate{init.Candidate, init.SDPMid, init.SDPMLineIndex}})
	})
	lines := make(chan []byte)
	go func() {
		scanner := bufio.NewScanner(os.Stdin)
		scanner.Buffer(nil, 1<<20)
		for scanner.Scan() {
			lines <- append([]byte(nil), scanner.Bytes()...)
		}
		close(lines)
	}()
	ticker := time.NewTicker(100 * time.Millisecond)
	for {
		select {
		case line, more := <-lines:
			if !more {
				return
			}
			if err := v.receive(line); err != nil {
				v.tell(map[string]string{"Failed": err.Error()})
			}
		case <-ticker.C:
			v.tell(map[string]any{"Facts": v.facts()})
		}
	}
}
