export { ViewerChannels } from './viewer-channels.ts';
