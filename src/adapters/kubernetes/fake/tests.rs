//! The fake, held by requests over its socket.
