// Run before all tests: what most of them load is compiled once, and its code kept where NODE_COMPILE_CACHE says, while nothing else
// needs the processors. Without that the first processes, which start together, would each compile all of it.
import '../../e2e/harness/stack.ts';
import 'fast-check';
import 'playwright-core';
import '../../packages/streamer/process/worker-process.ts';
import '../../packages/streamer/webrtc/engine.ts';
import '../../packages/streamer/websocket/engine.ts';
import '../../packages/virtual-host/host.ts';
import { loadEncoders } from '../../packages/virtual-host/encode/encoders.ts';

await loadEncoders();
process.exit(0);
