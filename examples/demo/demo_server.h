// The server's half of the demonstration: answers as each request's path says, and leaves when it
// is told to.
#pragma once

#include <functional>

#include "examples/demo/message_file.h"
#include "examples/demo/options.h"
#include "examples/demo/oracle.h"

namespace quiesce::examples {

// Serves on a free port of 127.0.0.1 until SIGTERM, then drains. Leaves these messages, in order:
// its address, its certificate in PEM form, then, when it has drained, its report as text and as
// JSON. `on_listening` is called between the two halves. Returns what the process exits with.
int RunDemoServer(const DemoOptions& options, Oracle& oracle, MessageFile& messages,
                  const std::function<void()>& on_listening);

}  // namespace quiesce::examples
