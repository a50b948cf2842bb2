import { GameStreamError } from '../errors.ts';
import type { RtspSession } from '../rtsp/types.ts';
import type { PictureLoss } from './media-watch.ts';

/** What to tell of a stream without a picture. */
export function pictureError(
  loss: PictureLoss,
  { videoPort, audioPort }: Pick<RtspSession, 'videoPort' | 'audioPort'>,
): GameStreamError {
  switch (loss) {
    case 'noStart':
      return new GameStreamError('NO_VIDEO', 'No video comes from the host', {
        hint: `Does a firewall block UDP ${videoPort} (video) and ${audioPort} (sound) of the host? Has the host a display?`,
      });
    case 'silence':
      return new GameStreamError('NO_VIDEO', 'The host answers, but sends no video any more', {
        hint: 'Is the host overloaded, or its display asleep? Its log may say more.',
      });
    case 'noPicture':
      return new GameStreamError('NO_VIDEO', 'Video comes from the host, but no picture can be made of it', {
        hint: 'The log of the host may say why. Does another codec work?',
      });
    case 'lossy':
      return new GameStreamError('NO_VIDEO', 'Too much of the video is lost on the way from the host', {
        hint: 'Use a cable between the host and Moonshare, or a lower bitrate.',
      });
    case 'noKeyFrame':
      return new GameStreamError('NO_VIDEO', 'The host sends no key frame, however often it is asked for one', {
        hint: 'The log of the host may say why. Does another codec work?',
      });
  }
}
