cmake_minimum_required(VERSION 3.22)
# Writes a source file that has the bytes of files (lib/http/page_files.h).
#   cmake -D OUT=FILE.cpp -D "FILES=FILE|PATH;…" -P embed.cmake
# PATH: where the server has the file.
set(utf8 .html text/html .css text/css .js text/javascript .txt text/plain)
set(others .json application/json .svg image/svg+xml .png image/png .ico image/x-icon)
set(arrays "")
set(entries "")
set(count 0)
foreach(entry IN LISTS FILES)
  string(REGEX REPLACE "\\|.*" "" file "${entry}")
  string(REGEX REPLACE ".*\\|" "" path "${entry}")
  cmake_path(GET file EXTENSION LAST_ONLY extension)
  set(type "")
  foreach(list IN ITEMS utf8 others)
    list(FIND ${list} "${extension}" index)
    if(index GREATER -1)
      math(EXPR index "${index} + 1")
      list(GET ${list} ${index} type)
      if(list STREQUAL "utf8")
        string(APPEND type "; charset=utf-8")
      endif()
    endif()
  endforeach()
  if(type STREQUAL "")
    message(FATAL_ERROR "${file}: no Content-Type is known for ${extension}; add it to ${CMAKE_CURRENT_LIST_FILE}")
  endif()
  file(SHA256 "${file}" digest)
  string(SUBSTRING "${digest}" 0 16 digest)
  file(SIZE "${file}" size)
  file(READ "${file}" hex HEX)
  string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
  string(APPEND arrays "constexpr unsigned char file_${count}[] = {\n${hex}0};\n")
  string(APPEND entries "    {\"${path}\", \"${type}\", \"\\\"${digest}\\\"\", bytes_of(file_${count}, ${size})},\n")
  math(EXPR count "${count} + 1")
endforeach()
file(WRITE "${OUT}" "// Made by lib/http/embed.cmake.
#include \"lib/http/page_files.h\"

#include <algorithm>
#include <array>
#include <cstddef>

namespace vtp {
namespace {

${arrays}
std::string_view bytes_of(const unsigned char* file, std::size_t size) {
  return {reinterpret_cast<const char*>(file), size};
}

}  // namespace

std::span<const PageFile> page_files() {
  static const std::array<PageFile, ${count}> files{{
${entries}  }};
  return files;
}

const PageFile* page_file_at(std::string_view path) {
  const auto files = page_files();
  const auto found = std::ranges::find(files, path, &PageFile::path);
  return found == files.end() ? nullptr : &*found;
}

}  // namespace vtp
")
