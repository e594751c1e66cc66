// Package composetest holds tests of docker-compose.yml, Dockerfile and .env.example: that they load, that nothing in
// them has drifted from the program, and that they are as careful as they claim to be. None of it needs Docker.
package composetest
