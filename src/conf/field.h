// SPDX-License-Identifier: ISC
//
// conf/field.h - accessors made from pointers to members.

#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

#include "conf/value.h"

namespace postern::conf {

// How the file names the enumerators of E, in their order.
template <typename E>
inline constexpr std::array<std::string_view, 0> names{};
template <>
inline constexpr std::array<std::string_view, 2> names<ListenerProtocol>{"smtp", "lmtp"};
template <>
inline constexpr std::array<std::string_view, 3> names<ListenerTls>{"none", "starttls", "implicit"};
template <>
inline constexpr std::array<std::string_view, 4> names<ListenerAuth>{"required", "clients", "peer",
                                                                     "appletalk"};
template <>
inline constexpr std::array<std::string_view, 3> names<ListenerRole>{"submission", "mx", "both"};
template <>
inline constexpr std::array<std::string_view, 2> names<BlockedAt>{"mail", "connect"};
template <>
inline constexpr std::array<std::string_view, 4> names<RequireAuth>{"nobody", "non-clients",
                                                                    "clients", "everybody"};
template <>
inline constexpr std::array<std::string_view, 2> names<SpoolEngine>{"file", "journal"};
template <>
inline constexpr std::array<std::string_view, 2> names<Overload>{"refuse", "backlog"};
template <>
inline constexpr std::array<std::string_view, 3> names<ListenerDns>{"never", "cached", "always"};
template <>
inline constexpr std::array<std::string_view, 2> names<Sandbox>{"on", "off"};
template <>
inline constexpr std::array<std::string_view, 2> names<EightBitHeader>{"refuse", "accept"};
template <>
inline constexpr std::array<std::string_view, 3> names<LogFormat>{"keyvalue", "json", "postfix"};
template <>
inline constexpr std::array<std::string_view, 5> names<log::Level>{"debug", "info", "warning",
                                                                   "error", "alert"};

template <typename E>
requires std::is_enum_v<E> std::string_view name_of(E value) {
  return names<E>[static_cast<std::size_t>(value)];
}

namespace detail {

inline Value to_value(const std::string& member) {
  return member;
}
inline Value to_value(bool member) {
  return member;
}
inline Value to_value(const std::vector<std::string>& member) {
  return member;
}
inline Value to_value(Seconds member) {
  return static_cast<std::uint64_t>(member.count());
}
inline Value to_value(std::unsigned_integral auto member) {
  return std::uint64_t{member};
}
template <typename E>
requires std::is_enum_v<E> Value to_value(E member) {
  return std::string(name_of(member));
}
Value to_value(const log::Target& member);

inline void assign(std::string& member, const Value& v) {
  member = std::get<std::string>(v);
}
inline void assign(bool& member, const Value& v) {
  member = std::get<bool>(v);
}
inline void assign(std::vector<std::string>& member, const Value& v) {
  member = std::get<std::vector<std::string>>(v);
}
inline void assign(Seconds& member, const Value& v) {
  member = Seconds{static_cast<Seconds::rep>(std::get<std::uint64_t>(v))};
}
template <std::unsigned_integral T>
void assign(T& member, const Value& v) {
  member = static_cast<T>(std::get<std::uint64_t>(v));  // the bounds of the setting make it fit
}
template <typename E>
requires std::is_enum_v<E>
void assign(E& member, const Value& v) {
  const auto& list = names<E>;
  const auto name = std::find(list.begin(), list.end(), std::get<std::string>(v));
  if (name != list.end()) member = static_cast<E>(name - list.begin());
}
void assign(log::Target& member, const Value& v);

template <auto First, auto... Rest>
auto& reach(auto& object) {
  if constexpr (sizeof...(Rest) == 0) {
    return object.*First;
  } else {
    return reach<Rest...>(object.*First);
  }
}

template <typename Owner, typename Member>
Owner owner_of(Member Owner::*);

}  // namespace detail

// field<&Config::spool, &Config::Spool::path>(): the first is a member of Config or of an element
// of one of its lists, each further one a member of the one before.
template <auto First, auto... Rest>
constexpr auto field() {
  using Owner = decltype(detail::owner_of(First));
  return Accessor<Owner>{
      [](const Owner& owner) { return detail::to_value(detail::reach<First, Rest...>(owner)); },
      [](Owner& owner, const Value& value) {
        detail::assign(detail::reach<First, Rest...>(owner), value);
      }};
}

}  // namespace postern::conf
