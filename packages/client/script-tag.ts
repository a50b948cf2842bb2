// For `<script src=".../moonshare.js">`: registers the element, and everything else is in `Moonshare`.
import { defineMoonshareViewer } from './index.ts';

export * from './index.ts';

defineMoonshareViewer();
