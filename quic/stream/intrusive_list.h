// First-in, first-out lists whose links are members of the elements: an element enters and leaves
// in constant time and nothing is allocated.
#pragma once

#include "quic/base/check.h"

namespace quiesce::quic {

template <typename T>
struct ListLink {
  T* previous = nullptr;
  T* next = nullptr;
  bool linked = false;
};

// `kLink` is the member of T that belongs to this list; an element is in at most one list per link,
// and leaves before it dies.
template <typename T, ListLink<T> T::*kLink>
class IntrusiveList {
 public:
  bool empty() const { return head_ == nullptr; }
  T* front() const { return head_; }

  // No effect on an element that is in the list already.
  void PushBack(T& element) {
    ListLink<T>& link = element.*kLink;
    if (link.linked) return;
    link = {.previous = tail_, .next = nullptr, .linked = true};
    (tail_ != nullptr ? (tail_->*kLink).next : head_) = &element;
    tail_ = &element;
  }

  // No effect on an element that is not in the list.
  void Remove(T& element) {
    ListLink<T>& link = element.*kLink;
    if (!link.linked) return;
    (link.previous != nullptr ? (link.previous->*kLink).next : head_) = link.next;
    (link.next != nullptr ? (link.next->*kLink).previous : tail_) = link.previous;
    link = {};
  }

  // Removes and returns the first element; the list is not empty.
  T& PopFront() {
    QUIESCE_DCHECK(head_ != nullptr);
    T& element = *head_;
    Remove(element);
    return element;
  }

 private:
  T* head_ = nullptr;
  T* tail_ = nullptr;
};

}  // namespace quiesce::quic
