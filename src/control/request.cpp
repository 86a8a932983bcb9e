// SPDX-License-Identifier: ISC
//
// control/request.cpp - what posternctl asks for.

#include "control/request.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"

namespace postern::control {

namespace {

constexpr std::uint32_t usual_trace_seconds = 300;
constexpr std::uint32_t longest_trace_seconds = 86'400;

struct Form {
  std::string_view words;
  Verb verb;
  std::string_view argument;  // what it is, for the error; empty: takes none
};

constexpr std::array forms{
    Form{"status", Verb::status, ""},
    Form{"sessions", Verb::sessions, ""},
    Form{"trace", Verb::trace, "an IP address"},
    Form{"reload", Verb::reload, ""},
    Form{"drain", Verb::drain, ""},
    Form{"spool list", Verb::spool_list, ""},
    Form{"spool show", Verb::spool_show, "the id of a message"},
    Form{"spool release", Verb::spool_release, "the id of a message"},
    Form{"spool remove", Verb::spool_remove, "the id of a message"},
};

tl::unexpected<Error> wrong(std::string what) {
  return fail(Errc::syntax, std::move(what));
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (line = trim(line); !line.empty();) words.push_back(take_word(line));
  return words;
}

// The words of a verb are taken off; nothing if they are none.
const Form* take_form(std::vector<std::string_view>& words) {
  const std::size_t count = words.size() > 1 && words[0] == "spool" ? 2 : 1;
  if (words.size() < count) return nullptr;
  const std::string verb = count == 2 ? cat(words[0], " ", words[1]) : std::string(words[0]);
  const auto* form = std::find_if(forms.begin(), forms.end(),
                                  [&](const Form& known) { return known.words == verb; });
  if (form == forms.end()) return nullptr;
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(count));
  return form;
}

Result<void> take_seconds(std::vector<std::string_view>& words, Request& request) {
  request.seconds = usual_trace_seconds;
  if (words.size() < 2) return {};
  const auto seconds = parse_decimal<std::uint32_t>(words[1]);
  if (!seconds || *seconds > longest_trace_seconds) {
    return wrong(cat("\"", printable(words[1]), "\" is not a number of seconds up to ",
                     longest_trace_seconds));
  }
  request.seconds = *seconds;
  words.erase(words.begin() + 1);
  return {};
}

}  // namespace

Result<Request> parse_request(std::string_view line) {
  std::vector<std::string_view> words = words_of(line);
  Request request;
  request.wants_json = std::erase(words, "--json") > 0;
  const Form* form = take_form(words);
  if (form == nullptr) {
    return wrong(
        cat("no such command; there are status, sessions, trace, reload, drain, and spool "
            "list, show, release and remove"));
  }
  request.verb = form->verb;
  if (form->verb == Verb::trace) {
    if (auto taken = take_seconds(words, request); !taken) return tl::unexpected(taken.error());
  }
  const std::size_t wanted = form->argument.empty() ? 0 : 1;
  if (words.size() < wanted) return wrong(cat(form->words, " needs ", form->argument));
  if (words.size() > wanted) {
    return wrong(cat("\"", printable(words[wanted]), "\" is too much for ", form->words));
  }
  if (wanted == 1) request.argument = words[0];
  return request;
}

}  // namespace postern::control
