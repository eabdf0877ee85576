# Finds the libraries that the project uses and checks the compiler. All that is missing is named in one message, with the
# Debian package that has it.
include(CheckCXXSourceCompiles)
set(VTP_MISSING "")

# vtp_need(FOUND WHAT PACKAGE): FOUND is the name of a variable that is true if WHAT is there.
macro(vtp_need found what package)
  if(NOT ${found})
    string(APPEND VTP_MISSING "\n  ${what}: ${package}")
  endif()
endmacro()

# Clang before 16 does not compile <ranges> of GCC 12's library.
check_cxx_source_compiles("
  #include <coroutine>
  #include <ranges>
  struct Task {
    struct promise_type {
      Task get_return_object() { return {}; }
      std::suspend_never initial_suspend() noexcept { return {}; }
      std::suspend_never final_suspend() noexcept { return {}; }
      void return_void() {}
      void unhandled_exception() {}
    };
  };
  Task task() { co_await std::suspend_never{}; }
  int main(int count, char** words) {
    task();
    return std::ranges::subrange(words, words + count).empty();
  }" VTP_CXX20_IS_WHOLE)
vtp_need(VTP_CXX20_IS_WHOLE "a compiler with the coroutines and ranges of C++20, which ${CMAKE_CXX_COMPILER} is not"
         "g++ (12 or later) or clang (16 or later; in Debian 12 it is clang-16)")
if(NOT VTP_CXX20_IS_WHOLE)
  unset(VTP_CXX20_IS_WHOLE CACHE)  # the next run asks anew
endif()

find_package(Threads REQUIRED)  # a part of the C library
find_package(fmt QUIET)
vtp_need(fmt_FOUND fmt libfmt-dev)
find_package(cxxopts QUIET)
vtp_need(cxxopts_FOUND cxxopts libcxxopts-dev)
find_package(tinyxml2 QUIET)
vtp_need(tinyxml2_FOUND TinyXML-2 libtinyxml2-dev)
find_package(LibXml2 QUIET)
vtp_need(LibXml2_FOUND libxml2 libxml2-dev)
find_package(SQLite3 QUIET)
vtp_need(SQLite3_FOUND SQLite libsqlite3-dev)
if(SQLite3_FOUND AND NOT TARGET SQLite3::SQLite3)
  add_library(SQLite3::SQLite3 ALIAS SQLite::SQLite3)  # its only name before CMake 4.3
endif()
find_package(nlohmann_json QUIET)
vtp_need(nlohmann_json_FOUND "JSON for Modern C++" nlohmann-json3-dev)
find_package(OpenSSL 3.0 QUIET COMPONENTS Crypto SSL)
vtp_need(OPENSSL_FOUND "OpenSSL (3.0 or later)" libssl-dev)
find_package(CURL 7.88 QUIET)
vtp_need(CURL_FOUND "libcurl (7.88 or later)" libcurl4-openssl-dev)
find_path(ASIO_INCLUDE_DIR asio.hpp)  # headers only, and no CMake file
vtp_need(ASIO_INCLUDE_DIR Asio libasio-dev)
find_path(RDKAFKA_INCLUDE_DIR librdkafka/rdkafka.h)  # no CMake file
find_library(RDKAFKA_LIBRARY rdkafka)
if(RDKAFKA_INCLUDE_DIR AND RDKAFKA_LIBRARY)
  set(RDKAFKA_FOUND TRUE)
endif()
vtp_need(RDKAFKA_FOUND librdkafka librdkafka-dev)
find_path(GPGME_INCLUDE_DIR gpgme.h)  # its CMake file comes with Qt's
find_library(GPGME_LIBRARY gpgme)
if(GPGME_INCLUDE_DIR AND GPGME_LIBRARY)
  set(GPGME_FOUND TRUE)
endif()
vtp_need(GPGME_FOUND GPGME libgpgme-dev)
find_path(RESTINIO_INCLUDE_DIR restinio/all.hpp)  # its CMake file changes how Asio is compiled
find_library(HTTP_PARSER_LIBRARY NAMES http_parser llhttp)  # used by it: the former before RESTinio 0.7
if(RESTINIO_INCLUDE_DIR AND HTTP_PARSER_LIBRARY)
  set(RESTINIO_FOUND TRUE)
endif()
vtp_need(RESTINIO_FOUND RESTinio librestinio-dev)
find_path(PROMETHEUS_INCLUDE_DIR prometheus/text_serializer.h)  # its CMake file needs libraries that we do not use
find_library(PROMETHEUS_LIBRARY prometheus-cpp-core)
if(PROMETHEUS_INCLUDE_DIR AND PROMETHEUS_LIBRARY)
  set(PROMETHEUS_FOUND TRUE)
endif()
vtp_need(PROMETHEUS_FOUND prometheus-cpp prometheus-cpp-dev)
if(BUILD_TESTING AND NOT VTP_FUZZ)
  find_package(Catch2 QUIET)
  vtp_need(Catch2_FOUND "Catch2, for the tests" catch2)
endif()

if(VTP_MISSING)
  message(FATAL_ERROR "This is missing, each with its Debian package:${VTP_MISSING}\n"
                      "On Debian, scripts/setup installs all of it.")
endif()
