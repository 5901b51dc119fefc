// All items of a List method, page by page, as one range.
#ifndef COLLOQUY_SDK_PAGES_H_
#define COLLOQUY_SDK_PAGES_H_

#include <cstddef>
#include <functional>
#include <iterator>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace colloquy::sdk {

// Made by Client::List. Input range, to be walked once; pages are asked for as they are needed.
// A range ends early on an error, so look at status() after the loop:
//
//   auto events = client.List(&sdk::Events::ListEvents, request, &ListEventsResponse::events);
//   for (const Event& event : events) …
//   if (!events.status().ok()) …
//
// Not thread-safe. The client outlives it.
template <typename Response, typename Items>
class Pages {
 public:
  using Item = typename Items::value_type;
  using Fetch = std::function<absl::StatusOr<Response>(const std::string& page_token)>;
  using Accessor = const Items& (Response::*)() const;

  Pages(Fetch fetch, Accessor items) : fetch_(std::move(fetch)), items_(items) {}

  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Item;
    using difference_type = std::ptrdiff_t;
    using pointer = const Item*;
    using reference = const Item&;

    explicit iterator(Pages* pages) : pages_(pages) {}
    reference operator*() const { return pages_->current(); }
    pointer operator->() const { return &pages_->current(); }
    iterator& operator++() {
      if (!pages_->Advance()) pages_ = nullptr;
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& a, const iterator& b) { return a.pages_ == b.pages_; }
    friend bool operator!=(const iterator& a, const iterator& b) { return !(a == b); }

   private:
    Pages* pages_;
  };

  iterator begin() { return iterator(Advance() ? this : nullptr); }
  iterator end() { return iterator(nullptr); }

  // Why the range ended: OK at the end of the last page.
  const absl::Status& status() const { return status_; }
  // True while the item at hand is the last of its page: a good moment to flush what was shown.
  bool at_page_end() const { return next_ == (page_.*items_)().size(); }

 private:
  const Item& current() const { return (page_.*items_)()[next_ - 1]; }

  // Moves to the next item. A page may be empty although more follow (AIP-158).
  bool Advance() {
    while (next_ >= (page_.*items_)().size()) {
      if (begun_ && page_.next_page_token().empty()) return false;
      absl::StatusOr<Response> page = fetch_(page_.next_page_token());
      begun_ = true;
      if (!page.ok()) {
        status_ = page.status();
        page_.Clear();
        next_ = 0;
        return false;
      }
      page_ = *std::move(page);
      next_ = 0;
    }
    ++next_;
    return true;
  }

  Fetch fetch_;
  Accessor items_;
  Response page_;
  int next_ = 0;
  bool begun_ = false;
  absl::Status status_;
};

}  // namespace colloquy::sdk

#endif  // COLLOQUY_SDK_PAGES_H_
