// SPDX-License-Identifier: ISC
//
// base/shared_text.h - a text in memory that processes share.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>

namespace postern {

// At most size - 1 octets; a longer one is cut.  Who reads while another writes may get some of
// both.  Fresh memory is the empty text.
template <std::size_t size>
class SharedText {
 public:
  void set(std::string_view text) {
    for (std::size_t i = 0; i < size; ++i) {
      octets_[i].store(i < text.size() && i + 1 < size ? text[i] : '\0', relaxed);
    }
  }

  std::string get() const {
    std::string text;
    for (const auto& octet : octets_) {
      const char c = octet.load(relaxed);
      if (c == '\0') break;
      text += c;
    }
    return text;
  }

 private:
  static constexpr auto relaxed = std::memory_order_relaxed;

  std::array<std::atomic<char>, size> octets_;
};

}  // namespace postern
