// SPDX-License-Identifier: ISC
//
// smtp/parameters.cpp - the parameters behind the address of MAIL and RCPT.

#include "smtp/parameters.h"

#include <algorithm>

#include "base/text.h"

namespace postern::smtp {

namespace {

constexpr std::size_t max_parameters = 16;

bool is_keyword(std::string_view text) {
  return !text.empty() && is_alnum(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || c == '-'; });
}

bool is_value(std::string_view text) {
  const auto belongs = [](char c) { return c > ' ' ? c != '=' && c != 0x7f : is_eight_bit(c); };
  return !text.empty() && std::all_of(text.begin(), text.end(), belongs) && is_utf8(text);
}

std::optional<Parameter> parse_parameter(std::string_view word) {
  const std::size_t equals = word.find('=');
  Parameter parameter{word.substr(0, equals), std::nullopt};
  if (equals != std::string_view::npos) parameter.value = word.substr(equals + 1);
  if (!is_keyword(parameter.keyword)) return std::nullopt;
  if (parameter.value && !is_value(*parameter.value)) return std::nullopt;
  return parameter;
}

}  // namespace

tl::expected<std::vector<Parameter>, mail::Reply> parse_parameters(std::string_view text) {
  std::vector<Parameter> parameters;
  const bool glued = !text.empty() && text.front() != ' ' && text.front() != '\t';
  if (glued) return tl::unexpected(mail::reply::syntax("a blank between address and parameters"));
  text = trim(text);
  while (!text.empty()) {
    const std::string_view word = take_word(text);
    const auto parameter = parse_parameter(word);
    if (!parameter || parameters.size() == max_parameters) {
      return tl::unexpected(mail::reply::bad_parameter(word));
    }
    const bool repeated = std::any_of(
        parameters.begin(), parameters.end(),
        [&](const Parameter& known) { return iequals(known.keyword, parameter->keyword); });
    if (repeated) return tl::unexpected(mail::reply::repeated_parameter(parameter->keyword));
    parameters.push_back(*parameter);
  }
  return parameters;
}

}  // namespace postern::smtp
