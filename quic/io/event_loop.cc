#include "quic/io/event_loop.h"

#include <errno.h>
#include <string.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "quic/base/check.h"
#include "quic/io/clock.h"

namespace quiesce::quic {

std::optional<EventLoop> EventLoop::Create(std::string& error) {
  FileDescriptor epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) {
    error = std::string("cannot create an event loop: ") + strerror(errno) +
            "; raise the limit on open files (ulimit -n)";
    return std::nullopt;
  }
  return EventLoop(std::move(epoll));
}

EventLoop::EventLoop(FileDescriptor epoll) : epoll_(std::move(epoll)), events_(kReadyMax) {
  ready_.reserve(kReadyMax);
}

void EventLoop::Control(int operation, int fd, std::uint64_t key, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = key;
  QUIESCE_CHECK(epoll_ctl(epoll_.get(), operation, fd, &event) == 0);
}

void EventLoop::Watch(int fd, std::uint64_t key) { Control(EPOLL_CTL_ADD, fd, key, EPOLLIN); }

bool EventLoop::WatchesWritable(int fd) const { return std::ranges::count(writable_, fd) != 0; }

void EventLoop::WatchWritable(int fd, std::uint64_t key, bool enabled) {
  if (enabled == WatchesWritable(fd)) return;
  if (enabled) {
    writable_.push_back(fd);
  } else {
    std::erase(writable_, fd);
  }
  Control(EPOLL_CTL_MOD, fd, key, enabled ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void EventLoop::Forget(int fd) {
  std::erase(writable_, fd);
  Control(EPOLL_CTL_DEL, fd, 0, 0);
}

std::span<const EventLoop::Ready> EventLoop::Wait(std::optional<Instant> deadline) {
  const int count = WaitForEvents(deadline);
  QUIESCE_CHECK(count >= 0 || errno == EINTR);
  ready_.clear();
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events_[static_cast<std::size_t>(i)];
    ready_.push_back({.key = event.data.u64,
                      .readable = (event.events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0,
                      .writable = (event.events & EPOLLOUT) != 0});
  }
  return ready_;
}

int EventLoop::WaitForEvents(std::optional<Instant> deadline) {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  const auto capacity = static_cast<int>(events_.size());
  // Bounded, so that no deadline overflows the kernel's types; waking once a day early is harmless.
  Duration wait = std::chrono::hours(24);
  if (deadline) {
    const Instant now = MonotonicNow();
    wait = *deadline <= now ? Duration::zero() : std::min(wait, *deadline - now);
  }
  if (has_pwait2_) {
    const auto whole = std::chrono::duration_cast<seconds>(wait);
    const timespec timeout{.tv_sec = whole.count(), .tv_nsec = (wait - whole).count()};
    const int count = epoll_pwait2(epoll_.get(), events_.data(), capacity, &timeout, nullptr);
    if (count >= 0 || errno != ENOSYS) return count;
    has_pwait2_ = false;  // a kernel before 5.11
  }
  const milliseconds timeout = std::chrono::ceil<milliseconds>(wait);
  return epoll_wait(epoll_.get(), events_.data(), capacity, static_cast<int>(timeout.count()));
}

}  // namespace quiesce::quic
