import { GameStreamError } from '../errors.ts';
import type { RtspSession } from '../rtsp/types.ts';
import type { PictureLoss } from './media-watch.ts';

/** The error for a stream without a picture. */
export function pictureError(
  loss: PictureLoss,
  { videoPort, audioPort }: Pick<RtspSession, 'videoPort' | 'audioPort'>,
): GameStreamError {
  switch (loss) {
    case 'noStart':
      return new GameStreamError('NO_VIDEO', 'No video is arriving from the host', {
        hint: `Check that no firewall blocks UDP ${videoPort} (video) and ${audioPort} (sound) on the host, and that the host has a display.`,
      });
    case 'silence':
      return new GameStreamError('NO_VIDEO', 'The host still responds but has stopped sending video', {
        hint: 'The host may be overloaded, or its display asleep. Check its log.',
      });
    case 'noPicture':
      return new GameStreamError('NO_VIDEO', 'Video arrives from the host, but no picture can be decoded from it', {
        hint: 'Check the host log, or try another codec.',
      });
    case 'lossy':
      return new GameStreamError('NO_VIDEO', 'Too much of the video is being lost on its way from the host', {
        hint: 'Use a cable between the host and Moonshare, or a lower bitrate.',
      });
    case 'noKeyFrame':
      return new GameStreamError('NO_VIDEO', 'The host sends no key frame although it is asked for one', {
        hint: 'Check the host log, or try another codec.',
      });
  }
}
