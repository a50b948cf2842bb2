// A relay as small as Pion allows: RTP from a UDP port to each viewer's connection, as in Pion's own example of it, with its default
// interceptors. Commands on stdin, answers on stdout, a JSON object a line. Arguments: the UDP port, the address for viewers.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"

	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v3"
)

type description struct {
	Viewer int    `json:"viewer"`
	SDP    string `json:"sdp"`
}

var h264 = webrtc.RTPCodecCapability{
	MimeType:     webrtc.MimeTypeH264,
	ClockRate:    90000,
	SDPFmtpLine:  "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64002a",
	RTCPFeedback: []webrtc.RTCPFeedback{{Type: "nack"}, {Type: "nack", Parameter: "pli"}},
}

func newAPI(address net.IP) (*webrtc.API, error) {
	media := &webrtc.MediaEngine{}
	codec := webrtc.RTPCodecParameters{RTPCodecCapability: h264, PayloadType: 96}
	if err := media.RegisterCodec(codec, webrtc.RTPCodecTypeVideo); err != nil {
		return nil, err
	}
	interceptors := &interceptor.Registry{}
	if err := webrtc.RegisterDefaultInterceptors(media, interceptors); err != nil {
		return nil, err
	}
	settings := webrtc.SettingEngine{}
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetIPFilter(func(ip net.IP) bool { return ip.Equal(address) })
	return webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(interceptors),
		webrtc.WithSettingEngine(settings)), nil
}

// answer connects one viewer.
func answer(api *webrtc.API, track webrtc.TrackLocal, offer string) (string, error) {
	peer, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return "", err
	}
	sender, err := peer.AddTrack(track)
	if err != nil {
		return "", err
	}
	go func() {
		// Interceptors see reports and NACKs only while somebody reads them.
		buffer := make([]byte, 1500)
		for {
			if _, _, err := sender.Read(buffer); err != nil {
				return
			}
		}
	}()
	if err := peer.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return "", err
	}
	local, err := peer.CreateAnswer(nil)
	if err != nil {
		return "", err
	}
	gathered := webrtc.GatheringCompletePromise(peer)
	if err := peer.SetLocalDescription(local); err != nil {
		return "", err
	}
	<-gathered
	return peer.LocalDescription().SDP, nil
}

func relay(socket *net.UDPConn, track *webrtc.TrackLocalStaticRTP) {
	buffer := make([]byte, 1600)
	for {
		count, err := socket.Read(buffer)
		if err != nil {
			return
		}
		// Viewers that have left are no reason to stop.
		_, _ = track.Write(buffer[:count])
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "pion:", err)
	os.Exit(1)
}

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: pion UDP-PORT ADDRESS"))
	}
	feed, err := net.ResolveUDPAddr("udp4", "127.0.0.1:"+os.Args[1])
	if err != nil {
		fail(err)
	}
	socket, err := net.ListenUDP("udp4", feed)
	if err != nil {
		fail(err)
	}
	_ = socket.SetReadBuffer(4 << 20)
	track, err := webrtc.NewTrackLocalStaticRTP(h264, "video", "bench")
	if err != nil {
		fail(err)
	}
	api, err := newAPI(net.ParseIP(os.Args[2]))
	if err != nil {
		fail(err)
	}
	go relay(socket, track)
	out := json.NewEncoder(os.Stdout)
	_ = out.Encode(map[string]string{"event": "ready"})
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var offer description
		if err := json.Unmarshal(lines.Bytes(), &offer); err != nil {
			fail(err)
		}
		sdp, err := answer(api, track, offer.SDP)
		if err != nil {
			fail(err)
		}
		_ = out.Encode(map[string]any{"event": "answer", "viewer": offer.Viewer, "sdp": sdp})
	}
}
