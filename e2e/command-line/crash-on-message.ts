/** Preloaded into a server: simulates a bug of ours when the parent sends a message. */
process.on('message', () => {
  void Promise.reject(new Error('a fault in a promise'));
});
process.channel?.unref();
