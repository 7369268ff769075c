// Whether this kernel cuts one large UDP message into datagrams (UDP_SEGMENT) and joins received
// ones (UDP_GRO), tried out on loopback rather than believed. Linux.
#pragma once

namespace quiesce::quic {

struct UdpOffload {
  bool segmentation = false;  // on sending
  bool coalescing = false;    // on receiving
};

// Sends a message of several datagrams from one socket of this machine to another and looks at what
// arrives. False where the kernel lacks it, does it wrong, or there is no loopback interface to try
// it on. Tried once per process, any thread.
UdpOffload CheckUdpOffload();

}  // namespace quiesce::quic
