// The server answers this address itself; who serves the folder alone gets this one.
export default { path_prefix: '' };
