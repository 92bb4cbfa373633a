# After the Makefile of seed 001, with tabs where the slides show spaces, and an address for the client.
CXX = g++
CXXFLAGS = -Wall -Wextra

all: client server

client: stack-client.cpp
	$(CXX) $(CXXFLAGS) -o client stack-client.cpp

server: stack-server.cpp
	$(CXX) $(CXXFLAGS) -o server stack-server.cpp

run-client: client
	./client 127.0.0.1

run-server: server
	./server
